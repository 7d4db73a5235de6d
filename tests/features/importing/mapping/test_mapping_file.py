"""Mistakes in a mapping: all at once, each with its line, what came and what would do."""

from pathlib import Path

import pytest

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.mapping.mapping_file import parse_mapping, read_mapping

SOUND = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads.csv
    lead_id: id
    lead: {created_at: created}
    facts: [{attribute: industry, column: industry, known_at: created}]
"""


def test_short_forms_mean_the_same_as_long_ones(every_kind: LeadDefinition) -> None:
    long = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: [leads.csv]
    lead_id: id
    lead: {created_at: {column: created, format: [auto]}}
    facts: [{attribute: {constant: industry}, column: industry, known_at: {rule: created}}]
"""

    assert parse_mapping(SOUND, "a", every_kind) == parse_mapping(long, "b", every_kind)


def test_all_mistakes_are_told_at_once(every_kind: LeadDefinition) -> None:
    text = """format: 1
time_zone: Asia/Tokio
files:
  - match: a.csv
    lead_id: id
    colour: red
    lead: {created_at: {column: x, format: "%Q"}}
    facts:
      - {attribute: industry, column: c, known_at: never}
"""

    with pytest.raises(LeadDataError) as caught:
        parse_mapping(text, "map.yaml", every_kind)

    message = str(caught.value)
    assert message.startswith("map.yaml: the mapping has 4 mistakes:")
    assert "map.yaml:2: time_zone: must be a time zone of the IANA list" in message
    assert "map.yaml:6: files[1].colour: must be a known key. Allowed: match, encoding," in message
    assert "map.yaml:7: files[1].lead.created_at.format: must use the directives %Y" in message
    assert (
        'map.yaml:9: files[1].facts[1].known_at: must be one of those allowed; got "never". '
        "Allowed: created, unknown." in message
    )


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        (
            "facts: [{attribute: industri, column: c, known_at: created}]",
            r'attribute: .*got "industri"\. Did you mean industry\? Allowed: account_id, pages',
        ),
        (
            "events: [{occurred_at: t, behaviour: {column: b, values: {x: wisit}}}]",
            r'values\.x: .*got "wisit"\. Did you mean visit\? Allowed: visit, .*, skip',
        ),
        (
            "outcomes: [{occurred_at: t, stage: sold}]",
            r'stage: .*got "sold"\. Allowed: accepted, returned, opportunity, won, lost',
        ),
        (
            "outcomes: [{occurred_at: t, stage: {column: s, others: drop}}]",
            r'others: .*got "drop"\. .*Allowed: reject, skip, accepted',
        ),
        (
            "hand_overs: [{handed_over_at: t, qualification: HOT}]",
            r'qualification: .*got "HOT"\. Allowed: MQL, SQL',
        ),
        ("outcomes: [{stage: won}]", r"must have the key occurred_at \(or .*undated: true"),
        (
            "when: {column: a, known: true, is_in: [x]}",
            r"must have one of is_one_of, not_in and known",
        ),
        ("encoding: auto", r"must fill a table: lead, person, facts"),
    ],
)
def test_words_are_checked_against_the_lead_definition(
    part: str, complaint: str, every_kind: LeadDefinition
) -> None:
    text = f"format: 1\nfiles:\n  - match: a.csv\n    lead_id: id\n    {part}\n"

    with pytest.raises(LeadDataError, match=complaint):
        parse_mapping(text, "map.yaml", every_kind)


def test_an_undated_mapping_has_no_times(every_kind: LeadDefinition) -> None:
    text = SOUND.replace("format: 1", "format: 1\nundated: true")

    with pytest.raises(LeadDataError, match="must be left out, since the mapping is undated"):
        parse_mapping(text, "map.yaml", every_kind)


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, every_kind: LeadDefinition) -> None:
    with pytest.raises(LeadDataError, match="must be a readable file"):
        read_mapping(tmp_path / "nothing.yaml", every_kind)
    with pytest.raises(LeadDataError, match=r"map\.yaml:1: the file must be YAML"):
        parse_mapping("files: [", "map.yaml", every_kind)
    with pytest.raises(LeadDataError, match="must have the key files"):
        parse_mapping("format: 1", "map.yaml", every_kind)
