"""Single values of a definition's text, set, added and taken out; all else stays as it was."""

import pytest

from features.core.errors import DefinitionError
from features.definition.yaml.document import read_document
from features.definition.yaml.write import with_value, without_item

TEXT = """\
rulebook:   # points
  rules:
    # Behaviour
    - name: webinar
      points: 10   # agreed in spring
      when: {behaviour: webinar}

    # Information
    - name: budget
      points: 15
  mql: {points: 20}
  caps:
kpis: [{name: mqls, target: 40}, {name: sqls, target: 4}]   # both teams
phases:
  - {name: one}
"""


def _lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that only one of two texts has."""
    old, new = before.splitlines(), after.splitlines()
    return [one for one in old if one not in new], [one for one in new if one not in old]


@pytest.mark.parametrize(
    ("path", "value", "gone", "come"),
    [
        (
            ("rulebook", "rules", "webinar", "points"),
            12,
            ["      points: 10   # agreed in spring"],
            ["      points: 12   # agreed in spring"],
        ),
        (("rulebook", "rules", "budget", "per"), "each", [], ["      per: each"]),
        (
            ("rulebook", "rules", "fresh"),
            {"name": "fresh", "label": "a: b, c"},
            [],
            ["    - {name: fresh, label: 'a: b, c'}"],
        ),
        (
            ("rulebook", "mql", "checklist"),
            {"when": [1]},
            ["  mql: {points: 20}"],
            ["  mql: {points: 20, checklist: {when: [1]}}"],
        ),
        (
            ("rulebook", "caps", "webinar"),
            {"behaviour": "webinar"},
            ["  caps:"],
            ["  caps: [{behaviour: webinar}]"],
        ),
        (("attributes", "a"), {"name": "a"}, [], ["", "attributes: [{name: a}]"]),
        (("exploration", "share"), 0.1, [], ["", "exploration: {share: 0.1}"]),
    ],
)
def test_one_value_is_set_and_no_other_line_changes(path, value, gone, come) -> None:
    written = with_value(TEXT, path, value)

    assert _lines(TEXT, written) == (gone, [one for one in come if one])
    assert read_document(written, "text").content


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (("rulebook", "rules", "webinar"), ["budget"]),
        (("rulebook", "rules", "budget"), ["webinar"]),
        (("kpis", "sqls"), ["mqls"]),
        (("phases", "one"), []),
    ],
)
def test_an_item_goes_and_the_rest_stays(path, kept) -> None:
    found = read_document(without_item(TEXT, path), "text").content

    left = found
    for step in path[:-1]:
        left = left[step]
    assert [item["name"] for item in left] == kept
    assert found["rulebook"]["mql"] == {"points": 20}


@pytest.mark.parametrize("path", [("rulebook", "mql"), ("kpis", "none"), ("none", "x")])
def test_only_items_of_lists_are_dropped(path) -> None:
    with pytest.raises(DefinitionError, match="only what stands in a list can be dropped"):
        without_item(TEXT, path)


def test_an_item_is_not_called_otherwise_than_it_is() -> None:
    with pytest.raises(DefinitionError, match="only what stands there can be changed"):
        with_value(TEXT, ("phases", "two"), {"name": "three"})


def test_values_nested_too_deep_are_no_yaml() -> None:
    with pytest.raises(DefinitionError, match="50 levels"):
        read_document("[" * 60 + "]" * 60, "text")
