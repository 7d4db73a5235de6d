"""A retrain never learns from a time that the data have not reached."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.core.clock import DAY
from features.core.errors import Refusal
from features.definition import LeadDefinition
from features.store import Store
from features.store.lead_tables import EVENT, LeadTables
from features.store.releases import read_champion, read_releases
from training.dataset.dataset import load_dataset
from training.promotion.next_step import raise_refusal
from training.retrain import RetrainSettings, retrain

STARTS = 1_704_034_800
MONTH = 30 * DAY
YEAR_2062 = 2_903_266_800

MakeCompany = Callable[..., LeadTables]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Callable[[LeadTables], Store]]:
    """A store that holds what a test gives it."""
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")

    def fill(tables: LeadTables) -> Store:
        store.write(tables)
        return store

    yield fill
    store.close()


def _settings(folder: Path, uri: str, data_cutoff: int | None = None) -> RetrainSettings:
    return RetrainSettings(
        data_cutoff=data_cutoff, releases_dir=folder / "releases", tracking_uri=uri, by="tester"
    )


def _with_event(tables: LeadTables, at: int) -> LeadTables:
    row = {
        "event_id": "booked",
        "lead_id": tables.lead["lead_id"][0].as_py(),
        "behaviour": tables.event["behaviour"][0].as_py(),
        "occurred_at": at,
        "known_at": at,
        "actor": "lead",
        "amount": None,
    }
    return replace(
        tables, event=pa.concat_tables([tables.event, pa.Table.from_pylist([row], EVENT)])
    )


def _without_outcomes_after(tables: LeadTables, when: int) -> LeadTables:
    return replace(tables, outcome=tables.outcome.filter(pc.field("occurred_at") < when))


@pytest.mark.parametrize("at", [STARTS + 14 * MONTH + 42 * DAY, YEAR_2062])
def test_one_row_ahead_changes_no_snapshot_and_no_cut_off(
    filled: Callable[[LeadTables], Store],
    company_tables: MakeCompany,
    small_definition: LeadDefinition,
    at: int,
) -> None:
    tables = company_tables(n_leads=800)
    plain = load_dataset(filled(tables), small_definition, data_cutoff=None, seed=0)

    ahead = load_dataset(
        filled(_with_event(tables, at)), small_definition, data_cutoff=None, seed=0
    )

    assert ahead.data_cutoff == plain.data_cutoff
    assert ahead.tables.event.num_rows == plain.tables.event.num_rows
    np.testing.assert_array_equal(ahead.moments.as_of, plain.moments.as_of)
    np.testing.assert_array_equal(ahead.outcomes.matured, plain.outcomes.matured)


def test_a_cut_off_beyond_the_data_is_refused_and_nothing_is_stored(
    filled: Callable[[LeadTables], Store],
    company_tables: MakeCompany,
    small_definition: LeadDefinition,
    tmp_path: Path,
    tracking_uri: str,
) -> None:
    store = filled(company_tables(n_leads=800))
    beyond = STARTS + 17 * MONTH

    with pytest.raises(Refusal, match="must not lie beyond the data; got 2025-05-25"):
        retrain(store, small_definition, settings=_settings(tmp_path, tracking_uri, beyond))

    assert not read_releases(store)


def test_outcomes_that_stopped_arriving_are_refused_and_the_way_out_is_named(
    filled: Callable[[LeadTables], Store],
    company_tables: MakeCompany,
    small_definition: LeadDefinition,
    tmp_path: Path,
    tracking_uri: str,
) -> None:
    store = filled(_without_outcomes_after(company_tables(n_leads=800), STARTS + 12 * MONTH))

    with pytest.raises(Refusal, match=r"outcomes that go on arriving; .*--data-cutoff 2025-01-13"):
        retrain(store, small_definition, settings=_settings(tmp_path, tracking_uri))

    assert not read_releases(store)


def test_a_test_in_which_too_few_converted_makes_no_champion(
    filled: Callable[[LeadTables], Store],
    company_tables: MakeCompany,
    small_definition: LeadDefinition,
    tmp_path: Path,
    tracking_uri: str,
) -> None:
    store = filled(company_tables(n_leads=800))
    gate = small_definition.gate.model_copy(update={"min_test_outcomes": 100_000})
    demanding = small_definition.model_copy(update={"gate": gate})

    report = retrain(store, demanding, settings=_settings(tmp_path, tracking_uri))

    assert not report.promoted
    assert read_champion(store) is None
    with pytest.raises(Refusal, match="leads of the test reached the outcome; 100,000 are needed"):
        raise_refusal(report)
