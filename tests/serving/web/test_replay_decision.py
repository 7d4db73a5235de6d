"""Past decisions made again: the same bits, whatever happened since."""

import pytest
from sqlalchemy import delete, insert, update

from features.core.clock import from_second
from features.core.errors import LeadDataError, Refusal
from features.store.schema import champion, decision, event
from serving.decisions.inspect.replay_decision import replay_decision
from serving.decisions.score_leads import score_leads
from tests.serving.web.conftest import SECOND


def _change(site, statement, rows: list[dict[str, object]] | None = None) -> None:
    with site.store.engine.begin() as connection:
        connection.execute(statement, rows) if rows else connection.execute(statement)


def _scored(site) -> list[int]:
    # From the newest decision on: earlier would be a look back, which writes nothing.
    return score_leads(site.workspace, SECOND).decisions.column("decision_id").to_pylist()


def test_every_decision_of_a_release_is_the_same_to_the_last_bit(site) -> None:
    for decision_id in _scored(site)[::5]:
        found = replay_decision(site.workspace, decision_id)
        assert found.is_same, found.figures


def test_what_happened_since_changes_nothing(site) -> None:
    first = _scored(site)[3]
    later = from_second(1_720_000_000)
    row = {
        "event_id": "later",
        "lead_id": "L003",
        "behaviour": "inquiry",
        "occurred_at": later,
        "known_at": later,
        "actor": "lead",
    }
    _change(site, insert(event), [row])
    _change(site, delete(champion))

    assert replay_decision(site.workspace, first).is_same


def test_the_rulebooks_own_decisions_are_made_again_too(site) -> None:
    _change(site, delete(champion))

    for decision_id in _scored(site)[::9]:
        found = replay_decision(site.workspace, decision_id)
        assert found.decision.release_id is None
        assert found.is_same, found.figures


def test_a_changed_ledger_is_found_out(site, awase) -> None:
    decision_id = _scored(site)[0]
    almost = decision.c.probability + 1e-15
    one = decision.c.decision_id == decision_id
    _change(site, update(decision).where(one).values(probability=almost))

    found = replay_decision(site.workspace, decision_id)
    told = awase("replay", str(decision_id), "-w", site.workspace.folder)

    assert [figure.name for figure in found.figures if not figure.is_same] == ["probability"]
    assert told.returncode == 3
    assert "1 figures that differ (probability)" in told.stderr


def test_a_forgotten_leads_decision_says_so(site) -> None:
    decision_id = _scored(site)[0]
    one = decision.c.decision_id == decision_id
    _change(site, update(decision).where(one).values(feature_vector=None, lead_id="forgotten 1"))

    with pytest.raises(Refusal, match="its lead was forgotten"):
        replay_decision(site.workspace, decision_id)


def test_a_number_that_names_no_decision_is_refused(site) -> None:
    with pytest.raises(LeadDataError, match="a decision is named by its number"):
        replay_decision(site.workspace, 10**9)


def test_the_command_says_the_same_to_the_last_bit(site, awase) -> None:
    decision_id = _scored(site)[0]

    told = awase("replay", str(decision_id), "-w", site.workspace.folder)

    assert told.returncode == 0
    assert "The same, to the last bit." in told.stdout
