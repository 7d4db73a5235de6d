"""Every part of the agreement as a form: what stands there, what is changed, added, taken out."""

import re
from collections.abc import Iterator

import pytest

from features.core.errors import DefinitionError
from features.definition.diff import diff_definitions
from features.definition.yaml.read import TEMPLATE
from serving.agreement.choice import OPEN_PARTS, ChosenChanges, Place, chosen_text
from serving.agreement.part_changes import changed_in
from serving.agreement.part_form import PartForm, part_form
from serving.ledger.change_proposals import read_proposal
from serving.workspace.workspace import parse_whole

TEXT = TEMPLATE.read_text(encoding="utf-8")
DEFINITION = parse_whole(TEXT, "template")

VALUES = ("title", "time_zone", "segments")
"""Single values at the top: no part has a form for them alone."""


def _forms(place: Place) -> Iterator[PartForm]:
    form = part_form(DEFINITION, place)
    yield form
    for found in form.lists:
        for inner in (*(item.place for item in found.items), found.new):
            yield from _forms(inner)


@pytest.mark.parametrize("key", [key for key in OPEN_PARTS if key not in VALUES])
def test_every_part_has_a_form_that_changes_nothing_by_itself(key: str) -> None:
    for form in _forms((key,)):
        assert form.fields or form.lists, form.place
        assert changed_in(form, {one.name: one.value for one in form.fields}).is_empty, form.place


def _says(place: str, written: dict[str, str]) -> list[str]:
    """What a form's change says in words, once it is written into the definition and read again."""
    form = part_form(DEFINITION, tuple(place.split(".")))
    # A proposal keeps its choice as the fields of a form.
    choice = ChosenChanges.of(changed_in(form, written).fields)
    text = chosen_text(choice, TEXT, definition=DEFINITION, learned=None)
    found = diff_definitions(DEFINITION, parse_whole(text, "changed"))
    return [change.read("en") for change in found]


@pytest.mark.parametrize(
    ("place", "written", "says"),
    [
        ("rulebook.rules.inquiry_made", {"points": "12"}, ["Inquiry made: 15 → 12 points"]),
        (
            "rulebook.rules.webinar_attended",
            {"when": "{behaviour: webinar, at_least: 2, within_days: 90}"},
            [
                (
                    "Webinar attended: +10 (Webinar: at least once in 90 days) → "
                    "+10 (Webinar: at least 2 times in 90 days)"
                )
            ],
        ),
        (
            "rulebook.rules.+",
            {
                "label.ja": "セミナー2回",
                "label.en": "Two webinars",
                "when": "{behaviour: webinar, at_least: 2, within_days: 90}",
                "points": "7",
            },
            ["add: Two webinars +7 (Webinar: at least 2 times in 90 days)"],
        ),
        (
            "rulebook",
            {f"mql.checklist.{name}": "" for name in ("label.ja", "label.en", "when")},
            ["drop: Rulebook › MQL › Checklist"],
        ),
        (
            "phases.considering",
            {"leads": "sales", "sales.en": "Call, then: follow up"},
            [
                "Phases › Considering › Led by: marketing → sales",
                (
                    "Phases › Considering › What sales do: Follow up lightly; accept, or return "
                    "with a reason. → Call, then: follow up"
                ),
            ],
        ),
        (
            "kpis.accepted_share",
            {"target": "0.7", "at_most": "0.9"},
            [
                "KPIs › Share accepted by sales › Target: 0.6 → 0.7",
                "KPIs › Share accepted by sales › At most: none → 0.9",
            ],
        ),
        (
            "sales",
            {"response_time_hours": "12"},
            ["Sales › Response time (hours): 24 → 12"],
        ),
        (
            "verdict_reasons.returned.+",
            {"label.ja": "重複", "label.en": "Known already"},
            ["add: Reasons of verdicts › Returned › Known already"],
        ),
        (
            "attributes.budget",
            {"question.ja": "予算は。", "question.en": "What is the budget?"},
            [
                "Attributes › Budget › Question: Is there a budget in mind? → What is the budget?",
            ],
        ),
        (
            "attributes.email_domain",
            {"labels": "{nec.co.jp: {en: NEC}}"},
            ["add: Attributes › E-mail domain › Labels of values › nec.co.jp"],
        ),
        (
            "behaviours.webinar",
            {"label.ja": "ウェビナー"},
            ["Behaviours › Webinar › Label: セミナー参加 → ウェビナー"],
        ),
        ("outcome", {"horizon_days": "90"}, ["Outcome › Horizon (days): 60 → 90"]),
        ("exploration", {"share": "0.05"}, ["Exploration › Share: 0.02 → 0.05"]),
    ],
)
def test_what_is_written_in_a_form_is_the_change_and_nothing_else(place, written, says) -> None:
    assert _says(place, written) == says


@pytest.mark.parametrize(
    "place", ["agreement", "trial", "title", "kpis.none", "rulebook.x", "", "x"]
)
def test_what_is_no_part_has_no_form(place: str) -> None:
    with pytest.raises(DefinitionError, match="a part of the agreement must stand there"):
        part_form(DEFINITION, tuple(place.split(".")))


@pytest.mark.parametrize("place", [("agreement", "why"), ("trial", "name")])
def test_nobody_proposes_what_adopting_writes_by_itself(place: Place) -> None:
    with pytest.raises(DefinitionError, match="a change must be of one of"):
        chosen_text(ChosenChanges(values={place: "x"}), TEXT, definition=DEFINITION, learned=None)


def _send(site, login: str, path: str, **fields: str):
    client = site.page_request(login)
    token = re.search(r'name="form_token" value="(\w+)"', client.get("/definition").text)[1]
    return client.post(path, data={"form_token": token} | fields)


def test_sales_propose_an_answer_time_and_marketing_put_it_in_force(site) -> None:
    looked = _send(site, "sales", "/propose/sales", **{"at.response_time_hours": "12"})
    hidden = dict(re.findall(r'type="hidden" name="(set_[\w.]+)" value="([^"]*)"', looked.text))

    said = {"agreed": "12時間以内に答える", "why": "早い返事が商談になる", "effective": ""}
    sent = _send(site, "sales", "/decide", replaces="1", **said, **hidden)
    _send(site, "marketing", sent.headers["location"], action="approve")

    assert hidden == {"set_sales.response_time_hours": "12"}
    assert "Response time (hours): 24 → 12" in looked.text
    assert site.place.definition().sales.response_time_hours == 12
    # Only that value of the text is another one; comments stay.
    assert "# as many as sales can work" in site.place.agreed_versions().versions[0].definition


def test_capacity_and_cut_off_stay_one_number(site) -> None:
    looked = _send(site, "marketing", "/propose/sales", **{"at.capacity_per_month": "60"})

    assert 'name="per_month" value="60"' in looked.text
    assert "at most 40 a month → at most 60 a month" in looked.text


def test_an_item_is_taken_out_of_its_list(site) -> None:
    looked = _send(site, "sales", "/propose/kpis.mqls", action="drop")

    assert "drop: KPIs › MQLs" in looked.text
    assert 'name="drop_kpis.mqls" value="1"' in looked.text


def test_what_the_definition_cannot_say_is_mended_in_the_form(site) -> None:
    wrong = _send(site, "sales", "/propose/rulebook", **{"at.mql.points": "90"})
    broken = _send(site, "sales", "/propose/cut_offs", **{"at.mql": "{rule: "})
    nothing = _send(site, "sales", "/propose/sales", action="review")

    assert [a.status_code for a in (wrong, broken, nothing)] == [400, 400, 400]
    assert "must not be above those of sql (25)" in wrong.text
    assert 'name="at.mql.points" value="90"' in wrong.text
    assert "{rule: " in broken.text
    assert "Nothing is changed yet." in nothing.text
    assert read_proposal(site.store, 1) is None


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("scientist", "/propose/sales", 403),
        ("sales", "/propose/agreement", 404),
        ("sales", "/propose/kpis.none", 404),
        ("marketing", "/propose/kpis.+", 200),
    ],
)
def test_who_may_open_the_form_of_what(site, login: str, path: str, status: int) -> None:
    assert site.page_request(login).get(path).status_code == status


def test_every_block_of_the_agreement_leads_to_its_form_for_both_teams(site) -> None:
    client = site.page_request("sales")

    found = set(re.findall(r'href="(/propose/[^"]+)"', client.get("/definition").text))
    shown = {path: client.get(path).status_code for path in found}
    read = site.page_request("scientist").get("/definition").text

    blocks = ("rulebook", "phases", "kpis", "sales", "outcome", "behaviours", "attributes")
    assert found == {f"/propose/{block}" for block in (*blocks, "verdict_reasons")}
    assert set(shown.values()) == {200}
    assert "/propose/" not in read
    assert found == set(
        re.findall(
            r'href="(/propose/[^"]+)"', site.page_request("marketing").get("/definition").text
        )
    )
