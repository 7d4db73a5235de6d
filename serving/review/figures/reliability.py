"""Predicted against realised by band, for every matured month of the year.

From the decisions of the ledger, each lead at its first decision of the month. For months in which
nobody decided yet the newest backtest stands in, and where there is none either, the test of the
release; the record says which. Where only hand-overs are learned from, these two always stand in.
"""

import numpy as np
import pyarrow as pa

from features.core.clock import DAY
from features.store import Store
from features.timeline.codes import ABSENT, codes_of
from serving.review.month import Month, month_of
from serving.review.month_data import MonthData
from serving.review.records import MonthBands
from training.dataset.outcomes import first_reached
from training.metrics.reliability_bands import by_band
from training.results.backtest_records import BandResult
from training.results.records import Metrics
from training.results_store import read_backtest

DECIDED = pa.schema(
    [
        pa.field("as_of", pa.int64(), nullable=False),
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("decision_id", pa.int64(), nullable=False),
        pa.field("probability", pa.float64()),
    ]
)
"""Columns that an index of the decision table holds: the feature vectors stay untouched."""


def promised_and_came(store: Store, month_data: MonthData) -> tuple[MonthBands, ...]:
    """Bands of every matured month with predictions, oldest first."""
    # Then a probability is that of a lead handed over, and most leads of the ledger were not.
    only_handed_over = month_data.definition.learning.weight_by_propensity
    backtest = read_backtest(store)
    zone = month_data.definition.zone
    stand_ins = {
        month_of(month.start, zone): month.bands for month in (backtest.months if backtest else ())
    }
    found = []
    for month in month_data.month.year_until():
        if not month_data.month_matured(month):
            continue
        bands = () if only_handed_over else _from_ledger(store, month_data, month)
        if bands:
            found.append(MonthBands(month=month, by="ledger", bands=bands))
        elif stand_ins.get(month):
            found.append(MonthBands(month=month, by="backtest", bands=stand_ins[month]))
    if not found and month_data.release is not None:
        card = month_data.release.card
        bands = _of_test(card.metrics)
        if bands:
            tested = month_of(card.tested_from, zone)
            found.append(MonthBands(month=tested, by="test", bands=bands))
    return tuple(found)


def _from_ledger(store: Store, month_data: MonthData, month: Month) -> tuple[BandResult, ...]:
    zone = month_data.definition.zone
    start, end = month.start(zone), month.end(zone)
    with store.bulk() as bulk:
        decided = bulk.read(
            "decision",
            DECIDED,
            where=f"as_of >= {start} AND as_of < {end} AND probability IS NOT NULL",
            order_by=("as_of", "lead_id", "decision_id"),
        )
    if not decided.num_rows:
        return ()
    lead_ids = pa.array(month_data.history.lead_ids, pa.string())
    lead = codes_of(decided.column("lead_id").combine_chunks(), lead_ids)
    # Read in order of time: the first of each lead is its first in the month.
    codes, first = np.unique(lead, return_index=True)
    first = first[codes != ABSENT]
    as_of = decided.column("as_of").to_numpy()[first]
    reached = first_reached(
        month_data.tables,
        month_data.history,
        month_data.definition,
        data_cutoff=month_data.known_before,
    )[lead[first]]
    counts = reached >= as_of
    converted = reached - as_of < month_data.horizon_days * DAY
    probability = decided.column("probability").to_numpy()[first]
    probability, counted = probability[counts], lead[first][counts]
    bands = by_band(probability, converted[counts])
    for band in bands:
        # The last band holds certainty, too.
        inside = (probability >= band.low) & ((probability < band.high) | (band.high == 1))
        month_data.count(band_name(month, band), counted[inside])
    return bands


def band_name(month: Month, band: BandResult) -> str:
    """Name the figure that counts the leads of a band, decided about in a month."""
    return f"{month.name}:from {band.low:g}"


def _of_test(metrics: Metrics) -> tuple[BandResult, ...]:
    return tuple(
        BandResult(
            low=band.low,
            high=band.high,
            n_leads=band.n_snapshots,
            n_converted=round(band.converted_share.value * band.n_snapshots),
            promised=band.mean_probability,
            came=band.converted_share,
        )
        for band in metrics.reliability
    )
