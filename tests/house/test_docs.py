"""What the documents claim is run: examples, settings, commands, paths."""

import re
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from features.definition import read_definition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping, read_mapping
from features.store import Store
from serving.delivery.signature import new_secret, parse_keys, sign
from serving.workspace.settings import Settings

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.ja.md")
ENGLISH = [path.stem for path in (ROOT / "docs").glob("*.md") if not path.stem.endswith(".ja")]


def _blocks(document: str, kind: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{kind}\n(.*?)```", text, flags=re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for _, block in found]


def test_the_example_files_import_as_the_page_says(tmp_path: Path) -> None:
    definition_text, mapping_text, *recipes = _blocks("docs/files.md", "yaml")
    (sheet,) = _blocks("docs/files.md", "csv")
    for name, text in {
        "lead_definition.yaml": definition_text,
        "import.yaml": mapping_text,
        "leads.csv": sheet,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    definition = read_definition(tmp_path / "lead_definition.yaml")
    mapping = read_mapping(tmp_path / "import.yaml", definition)
    for recipe in recipes:
        parse_mapping(recipe, "recipe", definition)
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")

    report = import_files(
        store,
        [tmp_path / "leads.csv"],
        mapping=mapping,
        definition=definition,
        rejects_file=tmp_path / "rejects.csv",
    )

    (file,) = report.files
    assert (file.rows, file.rejected) == (4, 1)
    assert store.read_tables().lead.column("lead_id").to_pylist() == ["7001", "7002", "7003"]
    assert store.read_tables().fact.num_rows == 4  # two channels and two titles; one is blank
    store.close()


@pytest.mark.parametrize("page", sorted(ENGLISH))
def test_a_page_leads_to_its_translation_or_says_why_there_is_none(page: str) -> None:
    english = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    translated = ROOT / "docs" / f"{page}.ja.md"
    top = "\n".join(english.splitlines()[:8])

    if translated.exists():
        back = "\n".join(translated.read_text(encoding="utf-8").splitlines()[:8])
        assert f"]({page}.ja.md)" in top
        assert f"]({page}.md)" in back
    else:
        assert "英語だけのページです。" in top


@pytest.mark.parametrize("page", ["api", "files", "python", "webhooks"])
@pytest.mark.parametrize("kind", ["csv", "json", "python", "yaml"])
def test_both_languages_show_the_same_examples(page: str, kind: str) -> None:
    shown = _blocks(f"docs/{page}.md", kind)

    assert _blocks(f"docs/{page}.ja.md", kind) == shown


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/settings.ja.md"])
def test_every_setting_is_listed(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    missing = [name for name in Settings.model_fields if f"`AWASE_{name.upper()}`" not in text]

    assert missing == []


@pytest.mark.parametrize("readme", READMES)
def test_every_file_a_readme_names_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    named = re.findall(r"`((?:features|training|serving|tests|docs|notebooks)/[\w./*-]+)`", text)
    linked = re.findall(r"\]\(([\w./-]+)\)", text)

    assert [path for path in named + linked if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_a_readme_names_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^)make ([a-z]+)\b", text, flags=re.MULTILINE))

    assert [t for t in sorted(targets) if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("readme", READMES)
def test_the_readmes_tell_the_same_commands(readme: str) -> None:
    commands = re.findall(r"\bawase ([a-z]+)", (ROOT / readme).read_text(encoding="utf-8"))
    english = re.findall(r"\bawase ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert set(commands) == set(english)


def test_the_webhook_pages_example_verifies_what_awase_signs() -> None:
    (example,) = _blocks("docs/webhooks.md", "python")
    names: dict[str, Any] = {}
    exec(compile(example, "webhooks.md", "exec"), names)
    secret, body, now = new_secret(), '{"type": "見積"}'.encode(), int(time.time())

    def headers(at: int) -> dict[str, str]:
        signature = sign(parse_keys(secret), body, message_id="msg_1", timestamp=at)
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(at),
            "webhook-signature": signature,
        }

    assert names["is_from_awase"](secret, headers(now), body)
    assert not names["is_from_awase"](secret, headers(now), body + b" ")
    assert not names["is_from_awase"](new_secret(), headers(now), body)
    assert not names["is_from_awase"](secret, headers(now - 600), body)
