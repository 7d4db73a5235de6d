import pyarrow as pa
import pytest

from features.core.errors import Refusal
from features.definition import parse_definition
from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.dataset.readiness import refuse_unready

DEFINITION = """
format: 1
name: d
title: {{ja: 定義, en: Definition}}
time_zone: UTC
behaviours:
  - {{name: visit, label: {{ja: 訪問, en: Visit}}}}
  - {{name: webinar, label: {{ja: セミナー, en: Webinar}}}}
attributes:
  - {{name: channel, kind: category, label: {{ja: チャネル, en: Channel}}}}
  - {{name: budget, kind: number, label: {{ja: 予算, en: Budget}}}}
snapshots: {{at: {at}}}
outcome: {{stage: won, horizon_days: {horizon}}}
cut_offs: {{mql: {{rule: precision, at_least: 0.1}}, sql: {{rule: precision, at_least: 0.2}}}}
"""


def definition(at="monthly", horizon="30"):
    return parse_definition(DEFINITION.format(at=at, horizon=horizon), "d.yaml")


def tables(*, n_leads=3, at=1_000, won=("L0",), stage="won", behaviours=("visit", "webinar")):
    leads = [{"lead_id": f"L{i}", "created_at": at, "day_only": False} for i in range(n_leads)]
    outcomes = [{"lead_id": i, "stage": stage, "occurred_at": at, "known_at": at} for i in won]
    events = [
        {
            "event_id": name,
            "lead_id": "L0",
            "behaviour": name,
            "occurred_at": at,
            "known_at": at,
            "actor": "lead",
        }
        for name in behaviours
    ]
    return LeadTables(
        lead=pa.Table.from_pylist(leads, LEAD),
        fact=FACT.empty_table(),
        event=pa.Table.from_pylist(events, EVENT),
        outcome=pa.Table.from_pylist(outcomes, OUTCOME),
        hand_over=HAND_OVER.empty_table(),
    )


def test_tables_that_fit_pass():
    refuse_unready(tables(), definition())


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (tables(n_leads=0, won=()), "learning needs leads; got none"),
        (tables(at=0), r"horizon of 30 days needs the date .* 3 of 3 leads and 1 of 1 outcomes"),
        (tables(stage="opportunity"), r"stage that counts \(won\); got 1 opportunity"),
        (tables(won=()), r"stage that counts \(won\); got no outcomes"),
        (tables(won=("L0", "L1", "L2")), "some leads must not reach .* got all 3"),
        (tables(behaviours=("besuch",)), r"nothing of 4 of 4 .*no longer fits"),
    ],
)
def test_each_misfit_has_its_own_message(found, message):
    with pytest.raises(Refusal, match=message):
        refuse_unready(found, definition())


def test_a_data_set_without_dates_needs_none():
    refuse_unready(tables(at=0), definition(at="undated", horizon="null"))


def test_all_reasons_come_at_once():
    both = tables(at=0, behaviours=())

    with pytest.raises(Refusal, match=r"(?s)needs the date.*no longer fits"):
        refuse_unready(both, definition())
