"""Parts of a definition written back into its text, everything else left as it was.

A definition is written by people, with their comments and their order; a program that changes
something touches only the lines of that part. A round trip through ruamel.yaml keeps comments but
writes the whole file anew: of the 248 lines of our template it indents or folds 155 in another way.

A text that Awase has adopted carries a comment that says which version it is. So whoever edits a
copy, on whatever machine, edits a known version, and an edit of an old one is noticed.
"""

import re
from typing import Any

import yaml

from features.core.errors import DefinitionError
from features.definition.rulebook import Rulebook
from features.definition.section import DefinitionSection
from features.definition.yaml.document import Path, read_document

RULEBOOK = "rulebook"
WIDTH = 100

_MARK = re.compile(r"^# Version (\d+) of the agreement\.[^\n]*\n", re.MULTILINE)
_MARK_TEXT = "# Version {} of the agreement. Awase writes this line; leave it as it is.\n"


def with_rulebook(text: str, rulebook: Rulebook) -> str:
    """The text of a definition with another rulebook.

    Parameters
    ----------
    text : str
        A valid definition. Comments inside its rulebook are lost with it.

    Raises
    ------
    DefinitionError
        If the text is not YAML.
    """
    return with_part(text, RULEBOOK, rulebook)


def with_part(text: str, key: str, part: DefinitionSection) -> str:
    """Replace the part of a definition at one of its keys, or append it; see :func:`with_rulebook`.

    Parameters
    ----------
    text : str
        YAML of the definition.
    key : str
        Top-level key, such as ``rulebook``.
    part : DefinitionSection
        What stands there afterwards.

    Returns
    -------
    str
        YAML; what lies outside the part is left as it was.
    """
    return _with_lines(text, key, part_text(key, part))


def with_key_of(text: str, key: str, other: str) -> str:
    """Replace the part of a definition at one of its keys by what another text says there.

    Parameters
    ----------
    text, other : str
        YAML of definitions.
    key : str
        Top-level key. Where the other text has none, it goes.

    Raises
    ------
    DefinitionError
        If a text is not YAML.
    """
    span = _lines_of(other, key)
    lines = other.splitlines(keepends=True)
    part = "" if span is None else "".join(lines[span[0] : span[1]])
    return _with_lines(text, key, f"{part.rstrip()}\n" if part else "")


def _with_lines(text: str, key: str, written: str) -> str:
    span = _lines_of(text, key)
    if span is None:
        return f"{text.rstrip()}\n\n{written}" if written else text
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: span[0]], written, *lines[span[1] :]])


def _lines_of(text: str, key: str) -> tuple[int, int] | None:
    """From which line, counted from 0, to before which a top-level key stands; None without it."""
    document = read_document(text, key)
    if key not in document.content:
        return None
    first = document.line((key,))
    lines = text.splitlines()
    later = [line for path, line in document.lines.items() if len(path) == 1 and line > first]
    end = min(later) - 1 if later else len(lines)
    # What stands right above the next key belongs to it.
    while end > first and _is_comment_or_blank(lines[end - 1]):
        end -= 1
    return first - 1, end


def rulebook_text(rulebook: Rulebook) -> str:
    """A rulebook as YAML, one line for each label and condition."""
    return part_text(RULEBOOK, rulebook)


def with_value(text: str, path: Path, value: int | float | str) -> str:
    """Replace one plain value in a YAML text, everything around it untouched.

    Parameters
    ----------
    text : str
        YAML.
    path : tuple of str or int
        Keys and positions that lead to the value from the top.
    value : int, float or str
        Written as it is, without quotes.

    Raises
    ------
    DefinitionError
        If no plain value stands at the path.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in path:
        node = _inner(node, step)
    if not isinstance(node, yaml.ScalarNode):
        msg = f"a plain value must stand at {'.'.join(map(str, path))}; got none. See the text."
        raise DefinitionError(msg)
    return text[: node.start_mark.index] + str(value) + text[node.end_mark.index :]


def without_item(text: str, key: str, name: str) -> str:
    """Remove a named item from the list at one of a definition's keys; comments inside it go too.

    Parameters
    ----------
    text : str
        YAML of the definition.
    key : str
        Top-level key whose value is a list.
    name : str
        Value of ``name`` in the item; it must be there.
    """
    document = read_document(text, key)
    lines = text.splitlines(keepends=True)
    names = [item["name"] for item in document.content[key]]
    at = names.index(name)
    first = document.line((key, at))
    later = [document.line((key, at + 1))] if at + 1 < len(names) else []
    later += sorted(
        line for path, line in document.lines.items() if len(path) == 1 and line > first
    )
    end = later[0] - 1 if later else len(lines)
    while end > first and _is_comment_or_blank(lines[end - 1]):
        end -= 1
    return "".join([*lines[: first - 1], *lines[end:]])


def _inner(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def part_text(key: str, part: DefinitionSection) -> str:
    """A part as YAML under its key."""
    content: dict[str, Any] = {key: part.model_dump(mode="json", exclude_defaults=True)}
    return str(
        yaml.safe_dump(
            content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH
        )
    )


def version_of_text(text: str) -> int | None:
    """The version that a text says it is, or was before somebody edited it; None without a mark."""
    found = _MARK.search(text)
    return None if found is None else int(found[1])


def marked(text: str, number: int) -> str:
    """The text with the mark of a version in its first lines, in place of any other mark.

    A line for editors (``# yaml-language-server``) stays first.
    """
    plain = unmarked(text)
    mark = _MARK_TEXT.format(number)
    if plain.startswith("# yaml-language-server"):
        first, _, rest = plain.partition("\n")
        return f"{first}\n{mark}{rest}"
    return mark + plain


def unmarked(text: str) -> str:
    """The text without the mark of a version."""
    return _MARK.sub("", text)


def _is_comment_or_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
