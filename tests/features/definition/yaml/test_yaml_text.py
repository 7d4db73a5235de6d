"""YAML as people read it: what was written is read back, and comments stand beside their values."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from features.definition.yaml.yaml_text import COMMENTS, Noted, on_one_line, yaml_text

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
NESTED = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(NESTED)
def test_a_value_on_one_line_is_read_back(value: object) -> None:
    line = on_one_line(value)

    assert yaml.safe_load(f"- {line}") == [value]
    assert "\n" not in line


# A name that is no word of ours would be a comment or a line of its own.
ENTRIES = st.dictionaries(st.sampled_from(["match", "when", "facts", "値", "no: 1"]), NESTED)


@given(st.dictionaries(st.sampled_from(["format", "files"]), st.lists(ENTRIES) | NESTED))
def test_a_document_is_read_back_whatever_its_shape(told: dict[str, object]) -> None:
    assert (yaml.safe_load(yaml_text(told)) or {}) == told


def test_comments_stand_beside_what_they_explain_and_nothing_else_is_on_two_lines() -> None:
    wide = {"column": "Stage", "values": {f"Value number {at}": "opportunity" for at in range(9)}}
    told = {
        "format": 1,
        "files": [
            {
                "lead_id": Noted("Lead ID", "95%: a value of its own"),
                "facts": [Noted({"attribute": "channel", "column": "on"}, "named like channel")],
                "outcomes": [Noted({"stage": wide}, "a date")],
                COMMENTS: ["left out: Memo"],
            }
        ],
    }

    lines = yaml_text(told, ["Proposed."]).splitlines()

    assert lines[:7] == [
        "# Proposed.",
        "format: 1",
        "files:",
        "  - lead_id: Lead ID  # 95%: a value of its own",
        "    facts:",
        "      - {attribute: channel, column: 'on'}  # named like channel",
        "    outcomes:",
    ]
    assert lines[7:11] == [
        "      # a date",
        "      - stage:",
        "          column: Stage",
        "          values:",
    ]
    assert lines[-1] == "    # left out: Memo"
