"""What documents tell people to type and to press is there: commands, options, words of pages."""

import ast
import configparser
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from serving.cli.commands import LazyCommands
from serving.cli.main import app

ROOT = Path(__file__).parents[2]
READERS = ("data-scientist", "sales", "marketing", "administrator")
DOCUMENTS = sorted(
    str(path.relative_to(ROOT)) for path in (*ROOT.glob("docs/*.md"), *ROOT.glob("README*.md"))
)
PAIRS = [name for name in DOCUMENTS if (ROOT / name).with_suffix(".ja.md").exists()]

LOOSE = frozenset({"rulebook", "crm", "definition", "release", "user", "outbox", "key"})
"""Groups that running text may name without one of their commands."""


@cache
def _app() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, LazyCommands)
    return _loaded(group)


def _loaded(group: LazyCommands) -> LazyCommands:
    group.commands = {name: group.load(name) for name in group.entries}
    for inner in group.commands.values():
        if isinstance(inner, LazyCommands):
            _loaded(inner)
    return group


def _text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def _typed(document: str) -> list[list[str]]:
    """Whole command lines of shell examples, as words after ``awase``."""
    found: list[list[str]] = []
    for block in re.findall(r"```(?:sh|bash)\n(.*?)```", _text(document), flags=re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            found += _calls(line)
    return found


def _named(document: str) -> list[list[str]]:
    """Commands named in running text, which may leave out what they need."""
    text = re.sub(r"```.*?```", "", _text(document), flags=re.DOTALL)
    return [call for span in re.findall(r"`([^`]+)`", text) for call in _calls(span)]


def _calls(line: str) -> Iterator[list[str]]:
    if re.search(r"(?:^|[\s/])awase\s", line) is None:
        return
    line = re.sub(r"\d?>>?\s*\S+", "", line)  # where output goes is not the command's
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    call: list[str] | None = None
    for word in [*lexer, ";"]:
        if set(word) <= set("&|;()"):
            if call:
                yield call
            call = None
        elif word == "awase" or word.endswith("/bin/awase"):
            call = []  # also behind another: the container is called as the command
        elif call is not None:
            call.append(word)


def _find(words: list[str]) -> tuple[str, TyperCommand | None, list[str]]:
    """The path of a command, the command (None for a group), and the words behind it."""
    group: TyperGroup = _app()
    for n, word in enumerate(words):
        assert word in group.commands, f"awase {' '.join(words)}: no such command"
        command = group.commands[word]
        if isinstance(command, TyperCommand):
            return " ".join(words[: n + 1]), command, words[n + 1 :]
        assert isinstance(command, TyperGroup)
        group = command
    return " ".join(words), None, []


def _parse(words: list[str]) -> tuple[str, dict[str, object]]:
    """The path of a command and what it was given, by the parser of the command line itself."""
    path, command, rest = _find(words)
    if command is None:
        assert path in LOOSE, f"awase {path}: no such command"
        return path, {}
    parser = command.make_parser(typer.Context(command))
    given, left, _ = parser.parse_args(list(rest))
    assert not left, f"awase {' '.join(words)}: {left} is too much"
    return path, {name: value for name, value in given.items() if value not in (None, ())}


def _options(document: str) -> set[tuple[str, frozenset[str]]]:
    """Commands of a document with the options they are given, the language aside."""
    given = (_parse(words) for words in (*_typed(document), *_named(document)))
    return {(path, frozenset(options) - {"lang"}) for path, options in given}


def _leaves(group: TyperGroup, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _leaves(command, f"{path}{name} ")
        else:
            yield path + name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_line_of_an_example_could_be_typed(document: str) -> None:
    for words in _typed(document):
        path, given = _parse(words)
        _, command, _ = _find(words)
        assert command is not None, f"awase {path} needs one of its commands"
        needed = {parameter.name for parameter in command.params if parameter.required}
        assert needed <= set(given), f"awase {' '.join(words)}: {needed - set(given)} missing"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_running_text_names_exists(document: str) -> None:
    for words in _named(document):
        _parse(words)


@pytest.mark.parametrize("language", ["", ".ja"])
def test_every_command_is_told_to_one_of_its_readers(language: str) -> None:
    pages = [f"docs/{reader}{language}.md" for reader in READERS]

    told = {_parse(words)[0] for page in pages for words in (*_typed(page), *_named(page))}

    assert set(_leaves(_app())) - told == set()


@pytest.mark.parametrize("document", PAIRS)
def test_both_languages_show_the_same_commands(document: str) -> None:
    english = _options(document)
    japanese = _options(document.replace(".md", ".ja.md"))

    assert japanese == english


@cache
def _words_of_pages() -> frozenset[tuple[str, str]]:
    """Every pair of words, Japanese and English, that the pages and files can show."""
    found: set[tuple[str, str]] = set()
    for path in (ROOT / "serving").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
                said = {k.arg: k.value for k in node.keywords}
                ja, en = said.get("ja"), said.get("en")
                if isinstance(ja, ast.Constant) and isinstance(en, ast.Constant):
                    found.add((str(ja.value), str(en.value)))
    return frozenset(found)


@pytest.mark.parametrize("reader", READERS)
def test_words_of_pages_are_quoted_as_the_pages_show_them(reader: str) -> None:
    japanese = set(re.findall(r"「([^」]+)」", _text(f"docs/{reader}.ja.md")))
    emphasised = r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)"
    prose = re.sub(r"```.*?```|`[^`]*`", "", _text(f"docs/{reader}.md"), flags=re.DOTALL)
    english = {" ".join(words.split()) for words in re.findall(emphasised, prose)}

    shown = _words_of_pages()
    assert japanese <= {ja for ja, _ in shown}
    assert english <= {en for _, en in shown}
    # Both pages quote the same words: neither language's reader is told less.
    assert [ja for ja in sorted(japanese) if not any((ja, en) in shown for en in english)] == []
    assert [en for en in sorted(english) if not any((ja, en) in shown for ja in japanese)] == []


@pytest.mark.parametrize("language", ["", pytest.param(".ja", marks=pytest.mark.long)])
def test_the_month_in_the_crontab_says_in_one_sentence_why_it_needs_somebody(
    language: str, tmp_path: Path
) -> None:
    page = _text(f"docs/administrator{language}.md")
    (line,) = re.findall(r"^0  1 2 \* \*  (awase monthly .*)$", page, flags=re.MULTILINE)
    env = {
        **os.environ,
        "AWASE_WORKSPACE": str(tmp_path / "nothing here"),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }

    done = subprocess.run(
        ["/bin/sh", "-c", line], env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert "a workspace holds a lead_definition.yaml" in done.stderr
    assert done.stderr.count(". ") == 1


@pytest.mark.parametrize("language", ["", ".ja"])
def test_every_timetable_calls_the_month_as_the_command_takes_it(language: str) -> None:
    parts = re.split(r"\n##+ ", _text(f"docs/administrator{language}.md"))
    (part,) = (part for part in parts if "OnCalendar" in part)
    known = {name for param in _app().commands["monthly"].params for name in param.opts}
    for program in re.findall(r"```python\n(.*?)```", part, flags=re.DOTALL):
        ast.parse(program)
    units = re.findall(r"```ini\n(.*?)```", part, flags=re.DOTALL)
    for unit in units:
        configparser.ConfigParser().read_string(unit)

    calls = re.findall(r"awase\"?,? \"?monthly\b[^`\n]*", part)

    assert len(units) == 2
    assert len(calls) == 3
    assert {word for call in calls for word in re.findall(r"--?[a-z-]+", call)} <= known
