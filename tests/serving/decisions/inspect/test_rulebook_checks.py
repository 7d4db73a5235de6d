"""A rulebook is checked before anything runs, and against the leads it is to judge."""

from pathlib import Path

import pyarrow as pa
import pytest

from features.core.errors import DefinitionError
from features.definition import TEMPLATE, parse_definition
from features.store import Store
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.decisions.inspect.check_workspace import check_workspace
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace

DAY = 86_400
CREATED = 1_775_000_000  # 2026-03-31
BUDGET = "when: {attribute: budget, known: true}"


def test_a_workspace_is_not_made_with_rules_about_what_does_not_exist(tmp_path: Path):
    text = TEMPLATE.read_text(encoding="utf-8").replace(
        BUDGET, "when: {feature: budgt, known: true}"
    )
    mine = tmp_path / "mine.yaml"
    mine.write_text(text, encoding="utf-8")

    with pytest.raises(DefinitionError, match="Did you mean budget"):
        create_workspace(tmp_path / "made", mine)

    assert not (tmp_path / "made").exists()


def test_a_rule_spoilt_later_is_told_with_its_line(tmp_path: Path):
    place = create_workspace(tmp_path, TEMPLATE)
    text = place.definition_path.read_text(encoding="utf-8")
    line = text[: text.index(BUDGET)].count("\n") + 1
    place.definition_path.write_text(
        text.replace(BUDGET, "when: {feature: budgt, known: true}"), encoding="utf-8"
    )

    with pytest.raises(DefinitionError, match=rf"lead_definition\.yaml:{line}: rulebook\.rules"):
        Workspace.at(tmp_path).written_definition()


def leads_with_a_webinar(n_leads: int) -> LeadTables:
    """Each lead attends one webinar the day after it was created; nothing else is known."""
    ids = [f"L{number}" for number in range(n_leads)]
    events = [
        {
            "event_id": f"E{lead_id}",
            "lead_id": lead_id,
            "behaviour": "webinar",
            "occurred_at": CREATED + DAY,
            "known_at": CREATED + DAY,
            "actor": "lead",
        }
        for lead_id in ids
    ]
    leads = [{"lead_id": i, "created_at": CREATED, "day_only": False} for i in ids]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, schema=LEAD),
        fact=FACT.empty_table(),
        event=pa.Table.from_pylist(events, schema=EVENT),
        outcome=OUTCOME.empty_table(),
        hand_over=HAND_OVER.empty_table(),
    )


def test_idle_rules_are_found_on_the_leads_there_are(tmp_path: Path):
    text = TEMPLATE.read_text(encoding="utf-8").replace(
        "at: monthly", "at: event\n  behaviour: webinar", 1
    )
    # The moment of the webinar lies strictly after it, so that everybody has attended.
    definition = parse_definition(text, "mine.yaml")
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    store.write(leads_with_a_webinar(3))

    found = check_workspace(store, definition, CREATED + 3 * DAY)
    store.close()

    idle = {part.name: part.always for part in found.idle}
    assert idle["webinar_attended"] is True
    assert idle["inquiry_made"] is False
    assert all(part.where.startswith("mine.yaml:") for part in found.idle)


def test_a_target_that_the_capacity_rules_out_is_named(tmp_path: Path) -> None:
    text = TEMPLATE.read_text(encoding="utf-8").replace(
        "capacity_per_month: 400", "capacity_per_month: 300", 1
    )
    definition = parse_definition(text, "mine.yaml")
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    store.write(leads_with_a_webinar(3))

    (said,) = check_workspace(store, definition, CREATED + 3 * DAY).contradictions
    store.close()

    assert "asks for 400, but sales can work 300" in said.en
    assert "400" in said.ja
    assert "300件" in said.ja


def test_a_capacity_for_more_leads_than_come_is_said_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    definition = parse_definition(TEMPLATE.read_text(encoding="utf-8"), "mine.yaml")
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    store.write(leads_with_a_webinar(3))

    notes = check_workspace(store, definition, CREATED + 3 * DAY).notes
    store.close()

    (note,) = notes
    assert note.en.startswith("A capacity of 400 leads a month leaves hardly anybody out: only ")
    assert "月に約3件" in note.ja
