"""Mistakes in a definition: found all at once, each with its line and what would do."""

from pathlib import Path

import pytest

from features.core.errors import DefinitionError
from features.definition import TEMPLATE, parse_definition, read_definition

WEBINAR = "when: {behaviour: webinar, at_least: 1, within_days: 90}\n      points: 10"
DOWNLOAD = "when: {behaviour: document_download, at_least: 1, within_days: 90}\n      points: 5"
MQL_POINTS = "points: 20\n    checklist:"
MATRIX = """  matrix:
    label: {ja: 行動x情報, en: Behaviour x information}
    behaviour:
      - {name: attended, label: {ja: 参加, en: Attended}, when: {behaviour: webinar}}
    information:
      - {name: role, label: {ja: 役職, en: Role}, when: {attribute: job_title, known: true}}
    points: {attended: {role: 5}}
  mql: """

MISTAKES = {
    # Shape
    "unknown key": (
        ("segments:", "segment:"),
        "segment: must be a known key. Did you mean segments?",
    ),
    "unknown key in a rule": (
        (DOWNLOAD, DOWNLOAD + "\n      weight: 2"),
        r"weight: must be a known",
    ),
    "missing key": (("    leads: marketing\n", ""), r"phases\[latent\]: must have the key leads"),
    "missing language": (("{ja: 潜在, en: Latent}", "{ja: 潜在}"), "label: must have the key en"),
    "empty language": (("en: Latent}", 'en: ""}'), "both languages, ja and en; en is empty"),
    "not a number": (("horizon_days: 60", "horizon_days: sixty"), 'a whole number; got "sixty"'),
    "text for a number": (("horizon_days: 60", "horizon_days: '60'"), 'whole number; got "60"'),
    "half points": (("points: 20", "points: 20.5"), "must be a whole number; got 20.5"),
    "not a choice": (("stage: opportunity", "stage: oportunity"), "Did you mean opportunity?"),
    "not a day": (("agreed_on: 2026-04-01", "agreed_on: 2026-04-31"), "must be a day written like"),
    "not a time zone": (("Asia/Tokyo", "Tokio"), 'must be a time zone .* got "Tokio"'),
    "a folder of time zones": (("Asia/Tokyo", "Asia"), 'must be a time zone .* got "Asia"'),
    "a path for a time zone": (("Asia/Tokyo", "../etc"), "must be a time zone"),
    "not a name": (("name: page_visit", "name: Page visit"), "must be a name of small letters"),
    "not a rule for a cut-off": (("rule: capacity", "rule: top"), "Allowed: precision, capacity"),
    "a key twice": (
        ("segments:", "name: again\nsegments:"),
        "name: must stand once; it is on lines",
    ),
    "no condition": (
        ("{attribute: pain_point, known: true}", "{pain_point: true}"),
        "exactly one of",
    ),
    "two conditions": (
        ("{attribute: pain_point, known: true}", "{attribute: pain_point, behaviour: webinar}"),
        "exactly one of the keys behaviour, attribute, feature",
    ),
    "nothing asked": (
        ("{attribute: pain_point, known: true}", "{attribute: pain_point}"),
        "known: true",
    ),
    "impossible count": (
        (WEBINAR, "when: {behaviour: webinar, at_least: 3, at_most: 2}\n      points: 10"),
        "must ask for something possible: 3 is above 2",
    ),
    "two kinds of bounds": (
        (WEBINAR, "when: {behaviour: webinar, at_least: 3, between: [1, 2]}\n      points: 10"),
        "either `between`, or `at_least` and `at_most`",
    ),
    "misspelt seniority": (
        ("at_least: department_head", "at_least: department_hed"),
        "department_head?",
    ),
    # Parts held against each other
    "name twice": (("name: email_click", "name: page_visit"), "must be a name not used above"),
    "same name on both axes": (
        ("name: channel", "name: webinar"),
        "differ from the names of behav",
    ),
    "reserved name": (
        ("name: case_study_view", "name: activity"),
        "must not be one of account, activity, colleagues",
    ),
    "amount makes a behaviour's name": (
        ("name: case_study_view", "name: webinar_minutes"),
        "must not make the name of a behaviour",
    ),
    "no currency": (("unit: JPY", "unit: yen"), 'three capital letters, as in JPY; got "yen"'),
    "unit where there is none": (
        ("kind: free_text", "kind: free_text\n    unit: words"),
        "must be left out for kind free_text",
    ),
    "role of another kind": (("account: account_id", "account: channel"), "of kind identifier"),
    "segment unknown": (("[channel, industry", "[chanel, industry"), "Did you mean channel?"),
    "segment twice": (("[channel, industry", "[channel, channel"), "must stand once"),
    "windows out of order": (("days: [7, 30, 90]", "days: [30, 7, 90]"), "must grow from number"),
    "event without behaviour": (("at: monthly", "at: event"), "must be a behaviour whose actor"),
    "behaviour without event": (
        ("starts_on: null", "behaviour: webinar"),
        "must be left out unless `at: event`",
    ),
    "ages without days": (("at: monthly", "at: age"), "must name at least one number of days"),
    "ages out of order": (
        ("at: monthly", "at: age\n  days: [7, 1]"),
        "must grow from number to number",
    ),
    "days without ages": (("starts_on: null", "days: [0, 1]"), "must be left out unless `at: age`"),
    "horizon without dates": (("at: monthly", "at: undated"), "must be null with `snapshots"),
    "weights without months": (
        (
            "snapshots:\n  at: monthly",
            "learning: {weight_by_propensity: true}\nsnapshots:\n  at: creation",
        ),
        r"learning.weight_by_propensity: must be false unless `snapshots: {at: monthly}`",
    ),
    "capacity without dates": (("at: monthly", "at: undated"), "where there are no months"),
    "window without dates": (("at: monthly", "at: undated"), "where nothing has a date"),
    "dates without horizon": (
        ("horizon_days: 60", "horizon_days: null"),
        "must be a number of days",
    ),
    "SQL cut-off below MQL's": (
        ("mql: {rule: capacity, per_month: 400}", "mql: {rule: precision, at_least: 0.5}"),
        r"must not be below that of mql \(0.5\)",
    ),
    "phases out of order": (
        ("entered_at: SQL", "entered_at: NONE"),
        "must come after the phase before",
    ),
    "first phase late": (
        ("entered_at: NONE\n", "entered_at: MQL\n"),
        "must be NONE for the first phase",
    ),
    # The rulebook
    "unknown behaviour": (
        ("{behaviour: webinar,", "{behaviour: webinnar,"),
        "Did you mean webinar?",
    ),
    "what sales did": (
        ("{behaviour: webinar,", "{behaviour: sales_call,"),
        "whose actor is the lead",
    ),
    "uncounted window": (("within_days: 30", "within_days: 60"), "got 60. Allowed: 7, 30, 90"),
    "always true": (
        (WEBINAR, WEBINAR.replace("at_least: 1", "at_least: 0")),
        "0 times is always true",
    ),
    "unknown attribute": (("{attribute: budget,", "{attribute: buget,"), "Did you mean budget?"),
    "identifier": (("{attribute: budget,", "{attribute: owner,"), "of any kind but identifier"),
    "test of another kind": (("is_true: true", "at_least: 1"), "Allowed: known, is_true"),
    "unknown and more": (
        (
            "{attribute: decision_maker, is_true: true}",
            "{attribute: decision_maker, is_true: true, known: false}",
        ),
        "must not be false beside other tests",
    ),
    "no points": ((WEBINAR, WEBINAR.replace("10", "0")), "a rule without points does nothing"),
    "limit for once": ((WEBINAR, WEBINAR + "\n      at_most_points: 20"), "unless `per: each`"),
    "limit below the points": (
        (WEBINAR, WEBINAR + "\n      per: each\n      at_most_points: 5"),
        r"must not be below the points themselves \(10\)",
    ),
    "each of nothing countable": (
        ("points: 15\n    - name: budget", "points: 15\n      per: each\n    - name: budget"),
        "must be once unless",
    ),
    "fading of nothing countable": (
        (
            "points: 15\n    - name: budget",
            "points: 15\n      half_life_days: 30\n    - name: budget",
        ),
        "must be left out unless `when` asks how often",
    ),
    "uncounted half-life": (
        (WEBINAR, WEBINAR + "\n      per: each\n      half_life_days: 30"),
        "half_life_days: must be one of `windows: half_lives_days`",
    ),
    "cap of nothing": (
        ("  mql:     ", "  caps: [{behaviour: page_visit, points: 5}]\n  mql:     "),
        "that a rule gives",
    ),
    "MQL above SQL": (
        (MQL_POINTS, MQL_POINTS.replace("20", "45")),
        r"not be above those of sql \(40\)",
    ),
    # 5 + 10 + 5 + 15 + 20 + 10 + 15 + 5 + 5, negative points left out
    "beyond reach": (
        ("points: 40", "points: 91"),
        "all rules together give at most 90 points; got 91",
    ),
    "unknown row": (
        ("  mql:     ", MATRIX.replace("{attended: {", "{atended: {")),
        "Did you mean attended?",
    ),
    "unknown column": (
        ("  mql:     ", MATRIX.replace("{role: 5}", "{rôle: 5}")),
        "must be a name of small",
    ),
    "unknown level": (
        ("  mql:     ", MATRIX.replace("{role: 5}", "{roles: 5}")),
        "Did you mean role?",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_what_must_hold(mistake, edited):
    change, message = MISTAKES[mistake]

    with pytest.raises(DefinitionError, match=message):
        parse_definition(edited(change), "lead_definition.yaml")


def test_a_text_without_mistakes_is_read_once():
    text = TEMPLATE.read_text(encoding="utf-8")

    assert parse_definition(text, "the file") is parse_definition(text, "the file")
    assert parse_definition(text, "the file") is not parse_definition(text, "version 1")


def test_the_template_holds_no_mistake():
    definition = read_definition(TEMPLATE)

    assert definition.name == "template"
    assert [phase.entered_at for phase in definition.phases] == [
        "NONE",
        "MQL",
        "SQL",
        "opportunity",
    ]
    assert definition.attribute("budget").label.ja == "予算"
    assert definition.behaviour("webinar").label.read("en") == "Webinar"


def test_every_mistake_is_told_at_once_in_order_of_lines(edited):
    text = edited(
        ("segments:", "segment:"),
        ("unit: JPY", "unit: yen"),
        ("points: 20", "points: twenty"),
        ("entered_at: SQL", "entered_at: NONE"),
    )
    lines = text.splitlines()
    wrong = ("unit: yen", "segment:", "points: twenty", "    entered_at: NONE")
    # Phases begin with NONE rightly; the last one is the mistake.
    expected = [max(n for n, line in enumerate(lines, 1) if part in line) for part in wrong]

    with pytest.raises(DefinitionError, match="4 mistakes") as raised:
        parse_definition(text, "lead_definition.yaml")

    head, *faults = str(raised.value).splitlines()
    assert head == "lead_definition.yaml: the lead definition has 4 mistakes:"
    assert [int(fault.split(":")[1]) for fault in faults] == expected
    assert faults[2].endswith(
        'rulebook.rules[consultation_requested].points: must be a whole number; got "twenty".'
    )


def test_a_fault_in_one_rule_does_not_hide_one_in_another(edited):
    text = edited(
        ("points: 15\n    - name: consul", "points: no\n    - name: consul"),
        ("[7, 30, 90]", "[7, 90]"),
    )

    with pytest.raises(DefinitionError, match="2 mistakes") as raised:
        parse_definition(text, "x.yaml")

    assert "rules[inquiry_made].points" in str(raised.value)
    assert "rules[pricing_page_visited].when.within_days" in str(raised.value)


def test_an_unsound_behaviour_still_counts_as_declared(edited):
    text = edited(
        ("{name: inquiry, label: {ja: 問い合わせ, en: Inquiry}}", "{name: inquiry, label: Inquiry}")
    )

    with pytest.raises(DefinitionError, match="1 mistake:") as raised:
        parse_definition(text, "x.yaml")

    assert "behaviours[inquiry].label: must hold the keys ja and en" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nformat: [1", "x.yaml:2: the file must be YAML"),
        ("", "the file: must hold keys and values; got nothing"),
        ("- 1", "the file: must hold keys and values"),
        ("just words", "the file: must hold keys and values"),
        ("a: 1\n---\nb: 2", "x.yaml:2: the file must be YAML"),
        ("a: &a [*a]", "the file must be YAML"),
        ("a: !!python/object:os.system x", "a: must be a known key"),
        ("a: \x00", "the file must be YAML"),
    ],
)
def test_what_is_no_definition_is_refused_in_one_sentence(text, message):
    with pytest.raises(DefinitionError, match=message):
        parse_definition(text, "x.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(DefinitionError, match=r"readable file; got .*none\.yaml"):
        read_definition(tmp_path / "none.yaml")
    (tmp_path / "cp932.yaml").write_bytes("title: リード".encode("cp932"))
    with pytest.raises(DefinitionError, match="must be UTF-8"):
        read_definition(tmp_path / "cp932.yaml")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path):
    path = tmp_path / "definition.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEMPLATE.read_bytes())

    assert read_definition(path) == read_definition(TEMPLATE)


def test_a_minimal_definition_is_enough():
    definition = parse_definition(
        """
        format: 1
        name: olist
        title: {ja: 販売者の獲得, en: Seller funnel}
        time_zone: America/Sao_Paulo
        attributes:
          - {name: channel, kind: category, label: {ja: 経路, en: Channel}}
        snapshots: {at: creation}
        outcome: {stage: won, horizon_days: 60}
        cut_offs:
          mql: {rule: precision, at_least: 0.1}
          sql: {rule: precision, at_least: 0.2}
        """,
        "minimal",
    )

    assert definition.dated
    assert definition.rulebook.rules == ()
    assert definition.windows.days == (7, 30, 90)


def test_what_sales_did_and_identifiers_are_never_judged():
    definition = read_definition(TEMPLATE)

    assert "sales_call" not in {b.name for b in definition.lead_behaviours}
    assert "owner" not in {a.name for a in definition.feature_attributes}


def test_an_unknown_name_is_an_error_that_lists_the_known():
    definition = read_definition(TEMPLATE)

    with pytest.raises(DefinitionError, match=r"attribute must be one .*budget.* got 'buget'"):
        definition.attribute("buget")
