"""The JSON schema editors use for a mapping: of one mind with the models, every CRM in it."""

import json
import re
import textwrap
from pathlib import Path

import jsonschema
import pytest
import yaml

from features.crms import CRMS
from features.importing.mapping.schema import schema_text
from tests.features.importing.desk import MAPPING

ROOT = Path(__file__).parents[4]
REAL = sorted(ROOT.glob("tests/real/*/import.yaml"))


def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text()))


def _content(text: str) -> dict:
    # Days stay text, as editors and our own reader see them.
    content = yaml.load(text, Loader=yaml.BaseLoader)
    content["format"] = 1
    return _typed(content)


def _typed(value):
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return {"true": True, "false": False}.get(value, value)


def test_the_number_of_a_record_in_every_crm_is_a_key_with_words() -> None:
    columns = json.loads(schema_text())["$defs"]["LeadColumns"]["properties"]

    told = {name: columns[f"{name}_id"]["description"] for name in CRMS}
    assert told == {name: f"The record's number in {title}." for name, title in CRMS.items()}


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parent.name)
def test_mappings_of_real_exports_fulfil_the_schema(path: Path) -> None:
    _validator().validate(_content(path.read_text(encoding="utf-8")))


def test_short_forms_fulfil_the_schema() -> None:
    _validator().validate(_content(MAPPING))


def test_the_example_of_the_page_fulfils_the_schema() -> None:
    page = (ROOT / "docs/files.md").read_text(encoding="utf-8")
    blocks = map(textwrap.dedent, re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL))
    mappings = [block for block in blocks if "\nfiles:" in block]

    assert mappings
    for block in mappings:
        _validator().validate(_content(block))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("lead_id: id", "lead: id"),
        ("known_at: unknown", "known_at: never"),
        ("person: {name: [last, first]", "person: {name: []"),
        ("occurred_at: at", "occurred: at"),
    ],
)
def test_the_schema_refuses_what_the_models_refuse(written: str, wrong: str) -> None:
    with pytest.raises(jsonschema.ValidationError, match=r"."):
        _validator().validate(_content(MAPPING.replace(written, wrong)))


def test_every_key_a_person_may_write_says_what_it_is() -> None:
    schema = json.loads(schema_text())
    parts = {"Mapping": schema} | schema["$defs"]
    silent = [
        f"{part}.{key}"
        for part, found in parts.items()
        for key, field in found["properties"].items()
        if "description" not in field
    ]

    assert silent == []


def test_the_page_names_every_key() -> None:
    page = (ROOT / "docs/files.md").read_text(encoding="utf-8")
    schema = json.loads(schema_text())
    parts = {"Mapping": schema} | schema["$defs"]
    keys = {key for found in parts.values() for key in found["properties"]}

    # Keys of the long forms of what has a short form people write.
    assert sorted(key for key in keys - {"constant", "rule"} if f"`{key}`" not in page) == []
