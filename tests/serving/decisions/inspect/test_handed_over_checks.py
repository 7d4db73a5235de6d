"""``awase check`` says what learning from hand-overs alone has, and what it lacks."""

import pyarrow as pa
import pytest

from features.definition import TEMPLATE
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from serving.workspace.create import create_workspace
from serving.workspace.workspace import Workspace

DAY = 86_400
CREATED = 1_775_000_000  # 2026-03-31
N_LEADS, N_DRAWN = 120, 25
LATEST = CREATED + 150 * DAY


def _seminar(week: int) -> dict[str, object]:
    at = CREATED + 7 * week * DAY
    row = {"event_id": f"E{week}", "lead_id": "L119", "behaviour": "webinar", "actor": "lead"}
    return row | {"occurred_at": at, "known_at": at, "amount": None}


def _tables(*, n_drawn: int) -> LeadTables:
    """Some leads drawn on their tenth day, some handed over on purpose, most never; all matured."""
    ids = [f"L{number:03d}" for number in range(N_LEADS)]
    rows = [
        {
            "lead_id": lead_id,
            "cycle": 1,
            "handed_over_at": CREATED + 10 * DAY,
            "qualification": "MQL",
            "by": "exploration" if number < n_drawn else "rulebook",
            "propensity": 0.1 if number < n_drawn else None,
        }
        for number, lead_id in enumerate(ids[:40])
    ]
    made = {"stage": "opportunity", "occurred_at": CREATED + 30 * DAY, "known_at": LATEST}
    return LeadTables(
        lead=pa.Table.from_pylist(
            [{"lead_id": i, "created_at": CREATED, "day_only": False} for i in ids], LEAD
        ),
        fact=FACT.empty_table(),
        # Something of every week, so that the data reach as far as the newest outcome.
        event=pa.Table.from_pylist([_seminar(week) for week in range(1, 22)], EVENT),
        outcome=pa.Table.from_pylist([{"lead_id": ids[0], **made}], OUTCOME),
        hand_over=pa.Table.from_pylist(rows, HAND_OVER),
    )


@pytest.fixture
def place(tmp_path) -> Workspace:
    found = create_workspace(tmp_path, TEMPLATE)
    path = found.definition_path
    text = path.read_text(encoding="utf-8") + "\nlearning: {weight_by_propensity: true}\n"
    path.write_text(text, encoding="utf-8")
    return found


def _checked(awase, place: Workspace, tables: LeadTables) -> str:
    """What is printed, each run of blanks as one."""
    store = place.store()
    store.write(tables)
    store.close()
    told = awase("check", "--workspace", place.folder)
    assert told.returncode == 0, told.stderr
    return " ".join(told.stdout.split())


def test_hand_overs_and_what_is_left_out_are_told(awase, place: Workspace) -> None:
    told = _checked(awase, place, _tables(n_drawn=N_DRAWN))

    assert "40 matured, 25 of them by chance (exploration or a trial)" in told
    assert "(at most 10.0)" in told
    # (25 * 10 + 15) ** 2 / (25 * 100 + 15)
    assert "together worth 28 unweighted ones" in told
    assert "80 leads that were not handed over count as unknown" in told


def test_too_few_draws_are_told_with_what_to_do(awase, place: Workspace) -> None:
    told = _checked(awase, place, _tables(n_drawn=3))

    assert "No. 3 matured hand-overs by exploration kept their propensity" in told
    assert "weighting by it needs 20" in told
