"""How near a fit comes to the true probabilities, which only a simulated company has."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.catalogue import Catalogue
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables
from features.timeline.codes import codes_of
from training.model.release import Release


@dataclass(frozen=True, kw_only=True)
class Closeness:
    """Expected log loss, in nats, if outcomes are drawn from the true probabilities.

    ``least`` is what the truth itself would get: no model can do better. ``base_rate`` is what the
    mean true probability, told of every snapshot, would get.
    """

    n_snapshots: int
    expected: float
    least: float
    base_rate: float

    @property
    def excess(self) -> float:
        """Share by which the fit's expected log loss lies above the least possible."""
        return self.expected / self.least - 1


def closeness_to_truth(
    release: Release, truth: pa.Table, *, tables: LeadTables, definition: LeadDefinition
) -> Closeness | None:
    """Compare the tested fit with true probabilities, on snapshots later than all it learned from.

    Parameters
    ----------
    release : Release
    truth : pyarrow.Table
        Columns of :func:`training.simulation.truth.sample_truth`.
    tables : LeadTables
        Of the simulated company.
    definition : LeadDefinition

    Returns
    -------
    Closeness or None
        None if no snapshot of the sample lies in the release's test period.
    """
    later = truth.filter(np.asarray(truth.column("as_of")) >= release.card.tested_from)
    if not len(later):
        return None
    history = History.from_tables(tables, definition)
    lead = codes_of(later.column("lead_id").combine_chunks(), pa.array(history.lead_ids))
    as_of = later.column("as_of").to_numpy()
    order = np.lexsort((as_of, lead))
    snapshot = take_snapshot(
        history,
        Catalogue.from_dict(release.tested.catalogue, definition),
        Moments.of(lead[order], as_of[order]),
    )
    true = later.column("probability").to_numpy()[order]
    told = release.tested.probability(snapshot.matrix)
    return Closeness(
        n_snapshots=len(true),
        expected=expected_log_loss(told, true),
        least=expected_log_loss(true, true),
        base_rate=expected_log_loss(np.full(len(true), true.mean()), true),
    )


def expected_log_loss(told: np.ndarray, true: np.ndarray) -> float:
    """Mean log loss of told probabilities over outcomes drawn from the true ones, in nats.

    Parameters
    ----------
    told, true : ndarray of shape (n,)
        A true probability of 0 or 1 (no future, or every future, converted) is exact here: what
        cannot happen adds nothing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(true > 0, true * np.log(told), 0.0)
        miss = np.where(true < 1, (1 - true) * np.log1p(-told), 0.0)
    return float(-(hit + miss).mean())
