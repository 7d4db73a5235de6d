"""The JSON schema editors use: up to date, and of one mind with the models."""

import json

import jsonschema
import pytest
import yaml

from features.definition import TEMPLATE
from features.definition.yaml.schema import SCHEMA, definition_schema, schema_text


def test_the_shipped_schema_is_up_to_date():
    """To rewrite it: ``python -m features.definition.yaml.schema``."""
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()


def test_the_template_fulfils_the_schema():
    content = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    content["agreement"]["agreed_on"] = "2026-04-01"

    jsonschema.Draft202012Validator(definition_schema()).validate(content)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("segment",), []),
        (("title", "fr"), "Titre"),
        (("outcome", "stage"), "returned"),
        (("rulebook", "rules", 0, "points"), "five"),
        (("rulebook", "rules", 0, "when"), {"behaviour": "webinar", "attribute": "budget"}),
        (("rulebook", "rules", 6, "when", "seniority_at_least"), "boss"),
    ],
)
def test_the_schema_refuses_what_the_models_refuse(path, value):
    content = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    content["agreement"]["agreed_on"] = "2026-04-01"
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(jsonschema.ValidationError, match=r"."):
        jsonschema.Draft202012Validator(definition_schema()).validate(content)


def test_every_field_a_person_may_write_says_what_it_is():
    plain = {"name", "team", "label", "ja", "en"}
    silent = [
        f"{part}.{key}"
        for part, schema in definition_schema()["$defs"].items()
        for key, field in schema["properties"].items()
        if "description" not in field and key not in plain
    ]

    rules = ("Capacity", "Precision", "RulebookVolume", "Value")
    assert silent == [f"{rule}CutOff.rule" for rule in rules]


def test_the_template_names_its_schema():
    first = TEMPLATE.read_text(encoding="utf-8").splitlines()[0]

    assert first == f"# yaml-language-server: $schema={SCHEMA.name}"
    assert json.loads(SCHEMA.read_text(encoding="utf-8"))["title"] == "Lead definition"
