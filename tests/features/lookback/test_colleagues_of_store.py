"""One lead read with its colleagues gives the features it has among all leads."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.definition import LeadDefinition
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store import Store
from features.store.lead_tables import LeadTables

AS_OF = 1_000


@pytest.fixture
def store(tmp_path: Path, make_tables: Callable[..., LeadTables]) -> Iterator[Store]:
    """L1 moved from A1 to A2; L2 is at A1, L3 at A2, L4 elsewhere."""
    at = {"L1": [("A1", 10), ("A2", 500)], "L2": [("A1", 10)], "L3": [("A2", 10)], "L4": [("B", 1)]}
    facts = [
        {"lead_id": lead, "attribute": "account_id", "known_at": since, "value": account}
        for lead, accounts in at.items()
        for account, since in accounts
    ]
    # A pain point of the same words is no account.
    facts.append({"lead_id": "L4", "attribute": "pain_point", "value": "A1"})
    events = [
        {"event_id": f"{lead}{second}", "lead_id": lead, "at": second}
        for lead in at
        for second in (100, 600)
    ]
    opened = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    opened.migrate()
    opened.write(make_tables(leads=list(at), facts=facts, events=events))
    yield opened
    opened.close()


def test_colleagues_are_all_who_were_ever_at_one_of_the_accounts(store: Store) -> None:
    assert store.read_colleagues("L1", "account_id") == ("L1", "L2", "L3")
    assert store.read_colleagues("L2", "account_id") == ("L1", "L2")
    assert store.read_colleagues("L4", "account_id") == ("L4",)
    assert store.read_colleagues("nobody", "account_id") == ("nobody",)


@pytest.mark.parametrize("lead", ["L1", "L2", "L3", "L4"])
def test_a_lead_with_its_colleagues_has_the_features_it_has_among_all(
    store: Store, every_kind: LeadDefinition, lead: str
) -> None:
    catalogue = build_catalogue(every_kind, {"industry": (OTHER,)})

    rows = []
    for tables in (
        store.read_tables(),
        store.read_with_colleagues(lead, every_kind.judged_account),
    ):
        history = History.from_tables(tables, every_kind)
        position = int(np.searchsorted(history.lead_ids, lead))
        rows.append(take_snapshot(history, catalogue, Moments.of([position], [AS_OF])).matrix)

    np.testing.assert_array_equal(rows[1], rows[0])
