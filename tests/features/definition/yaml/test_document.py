"""YAML values by the rules of version 1.2, each with its line."""

import pytest

from features.core.errors import DefinitionError
from features.definition.yaml.document import read_document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),  # a country, not False
        ("on", "on"),
        ("12:30", "12:30"),  # a time, not 750
        ("2026-04-01", "2026-04-01"),
        ("007", "007"),
        ("NONE", "NONE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("'true'", "true"),
        ("-3", -3),
        ("1_000", "1_000"),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
    ],
)
def test_a_plain_scalar_is_what_it_looks_like(text, value):
    content = read_document(f"a: {text}", "x").content

    assert content == {"a": value}
    assert type(content["a"]) is type(value)


def test_every_value_knows_its_line():
    document = read_document("a: 1\nb:\n  - c: 2\n    d: {e: 3,\n        f: 4}\n", "x")

    assert document.line(("a",)) == 1
    assert document.line(("b", 0)) == 3
    assert document.line(("b", 0, "d", "f")) == 5
    assert document.line(("b", 0, "none")) == 3


def test_an_alias_stands_for_its_value_and_a_bomb_is_refused():
    assert read_document("a: &x [1]\nb: *x", "x").content == {"a": [1], "b": [1]}
    levels = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9))

    with pytest.raises(DefinitionError, match="more than 200,000 values"):
        read_document(f"a0: &a0 [1]\n{levels}", "x")


def test_nesting_without_end_is_refused():
    with pytest.raises(DefinitionError, match=r"must be YAML; got: the file holds .* 50 levels"):
        read_document("[" * 100_000 + "]" * 100_000, "x")


def test_a_key_is_a_word():
    with pytest.raises(DefinitionError, match="x:2: the file must be YAML; got: a key must be"):
        read_document("a: 1\n? {b: c}\n: d\n", "x")


def test_a_mistake_is_told_with_what_stands_there_instead():
    with pytest.raises(DefinitionError, match=r"x:1: .*',' or '}', but got '<stream end>'"):
        read_document("a: {b: 1", "x")


def test_two_escapes_of_one_character_are_that_character():
    """JSON is YAML, and writes characters beyond the first 65,536 in two halves."""
    assert read_document(r'{"\ud83d\ude00": "\ud83d\ude00\n"}', "x").content == {"😀": "😀\n"}


@pytest.mark.parametrize("text", [r'a: "\ud83d"', r'"\ude00": a', "a: \ud83d"])
def test_half_a_character_is_refused(text):
    with pytest.raises(DefinitionError, match=r"x:1: .* must be YAML; got: (half a|unaccept)"):
        read_document(text, "x")
