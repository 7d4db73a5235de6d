"""A lead's rulebook points in words; the lines add up to the points."""

import pytest

from features.core.qualification import Qualification
from features.core.text import LANGUAGES
from features.definition import TEMPLATE, parse_definition
from features.rulebook import explain, judge

MATRIX = """
  caps: [{behaviour: webinar, points: 8}]
  matrix:
    label: {ja: 行動 x 情報, en: Behaviour x information}
    behaviour:
      - {name: attended, label: {ja: セミナー, en: Attended}, when: {behaviour: webinar}}
    information:
      - {name: role, label: {ja: 部署, en: Role known}, when: {attribute: department, known: true}}
    points: {attended: {role: 5}}
  mql:     """


def test_each_line_says_what_it_adds(definition, snapshot_of):
    snapshot = snapshot_of(
        {"webinar_90d": 2, "webinar_ever": 2, "job_title_seniority": 6, "unsubscribe_ever": 1}
    )

    explanation = explain(snapshot, definition)

    assert [line.read("en") for line in explanation.lines] == [
        "Webinar attended: +10",
        "Unsubscribed: −15",
        "Department head or above: +10",
    ]
    assert explanation.lines[0].read("ja") == "セミナーに参加した: +10"
    assert [line.axes for line in explanation.lines] == [
        ("behaviour",),
        ("behaviour",),
        ("information",),
    ]
    assert explanation.points == 5
    assert explanation.qualification is Qualification.NONE


def test_what_is_missing_from_a_checklist_is_told(definition, snapshot_of):
    mql, sql = explain(snapshot_of({"webinar_ever": 1, "pain_point_known": 1}), definition).ways

    assert not mql.reached
    assert mql.needed_points == 20
    assert [(item.label.en, item.fulfilled) for item in mql.items] == [
        ("Webinar: at least once", True),
        ("Pain point known", True),
        ("Department known", False),
    ]
    assert mql.items[2].label.ja == "部署がわかっている"
    assert sql.items[0].label.en.startswith("Inquiry: at least once in 90 days or ")


def test_limits_and_matrix_have_lines_of_their_own(snapshot_of):
    text = TEMPLATE.read_text(encoding="utf-8").replace("\n  mql:     ", MATRIX, 1)
    definition = parse_definition(text, "edited")
    snapshot = snapshot_of({"webinar_90d": 2, "webinar_ever": 2, "department": 0})

    explanation = explain(snapshot, definition)

    assert [line.read("en") for line in explanation.lines] == [
        "Webinar attended: +10",
        "Webinar: at most 8: −2",
        "Attended x Role known: +5",
    ]
    assert explanation.lines[2].axes == ("behaviour", "information")


@pytest.mark.parametrize("row", range(3))
def test_the_lines_add_up_to_what_the_lead_was_judged_by(row, definition, snapshot_of):
    snapshot = snapshot_of(
        {},
        {"document_download_90d": 4, "inquiry_90d": 1, "purchase_timing_known": 1, "budget": 1},
        {"consultation_request_90d": 1, "email_domain_is_free_mail": 1, "decision_maker": 1},
    )

    explanation = explain(snapshot, definition, row=row)
    judgement = judge(snapshot, definition.rulebook)

    assert sum(line.points for line in explanation.lines) == judgement.points[row]
    assert explanation.points == judgement.points[row]
    assert explanation.qualification == judgement.qualification[row]


def test_every_line_has_words_in_both_languages(definition, snapshot_of):
    everything = dict.fromkeys(snapshot_of({}).catalogue.names, 1.0)

    lines = explain(snapshot_of(everything), definition).lines

    assert len(lines) == len(definition.rulebook.rules) - 1  # seniority 1 heads no department
    assert all(line.label.read(language) for line in lines for language in LANGUAGES)
