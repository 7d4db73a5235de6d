"""How much is known, since when and how firmly, by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.clock import DAY
from features.definition import LeadDefinition
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]

AS_OF = 1_750_000_000


@pytest.fixture
def snapshot_of(every_kind: LeadDefinition, make_tables: MakeTables) -> Callable[..., Snapshot]:
    """Snapshot of two leads, of facts (attribute, days ago, value) of the second."""

    def take(*facts: tuple[str, float, Any]) -> Snapshot:
        # The first lead has changing facts of its own, which must not count for the second.
        rows = [
            {"lead_id": "L1", "attribute": attribute, "known_at": AS_OF - day * DAY, "value": value}
            for attribute in {attribute for attribute, _, _ in facts}
            for day, value in ((9, "A"), (8, "B"), (7, "A"))
        ]
        rows += [
            {"lead_id": "L2", "attribute": a, "known_at": AS_OF - int(days * DAY), "value": value}
            for a, days, value in facts
        ]
        history = History.from_tables(make_tables(leads=("L1", "L2"), facts=rows), every_kind)
        catalogue = build_catalogue(every_kind, {"industry": (OTHER,)})
        return take_snapshot(history, catalogue, Moments.of([1], [AS_OF]))

    return take


def test_information_known_is_the_share_of_information_attributes(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    snapshot = snapshot_of(
        ("industry", 3, "retail"),
        ("budget", 2, "500万円"),
        ("budget", 1, None),
        ("purchase_timing", 2, "未定"),
        ("pages", 1, "3"),
    )

    # Of nine information attributes only the industry: the budget was taken back, "undecided" is
    # no timing, pages are behaviour and the account is an identifier.
    assert snapshot.column("information_known") == 1 / 9
    assert snapshot.column("behaviour_counters_known") == 1
    assert "askable_information_known" not in snapshot.catalogue.names


def test_what_sales_can_ask_has_its_own_share(every_kind: LeadDefinition) -> None:
    question = {"ja": "業種は?", "en": "Which industry?"}
    attributes = [
        a.model_validate(a.model_dump() | {"question": question}) if a.name == "industry" else a
        for a in every_kind.attributes
    ]
    asking = every_kind.model_copy(update={"attributes": tuple(attributes)})

    assert "askable_information_known" in build_catalogue(asking, {"industry": (OTHER,)}).names


def test_a_value_is_known_since_it_last_became_this_one(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    snapshot = snapshot_of(
        ("industry", 40, "retail"),
        ("industry", 30, "software"),
        ("industry", 20, "software"),
        ("budget", 5, "500万円"),
        ("budget", 4, None),
    )

    assert snapshot.column("industry_known_days") == 30
    assert np.isnan(snapshot.column("budget_known_days"))
    assert np.isnan(snapshot.column("pain_point_known_days"))
    assert snapshot.column("days_since_new_information") == 30


def test_a_value_that_changed_twice_is_a_contradiction(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    corrected = [("industry", 9, "retail"), ("industry", 8, "mining")]
    repeated = [
        ("budget", 10, None),
        ("budget", 9, "1"),
        ("budget", 8, None),
        ("budget", 7, "1"),
        ("budget", 6, "2"),
    ]

    assert snapshot_of(*corrected, *repeated).column("information_contradictions") == 0
    again = ("industry", 7, "retail")
    assert snapshot_of(*corrected, again, *repeated).column("information_contradictions") == 1
    last = ("budget", 5, "3")
    assert snapshot_of(*corrected, again, *repeated, last).column("information_contradictions") == 2
    assert snapshot_of().column("information_contradictions") == 0
