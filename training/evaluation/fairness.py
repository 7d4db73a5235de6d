"""Whether a release treats segments alike, on the leads of its test that it had not seen.

Two questions, which cannot both be answered yes where segments convert at different rates
(Chouldechova 2017): does a probability mean the same in each, and is the same share of those who
will convert qualified? What follows from the answers is for people to decide.
"""

from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import BoolArray
from features.core.text import Text
from features.definition import LeadDefinition
from features.snapshot import take_snapshot
from training.dataset.dataset import Dataset
from training.dataset.segments import segment_name, segments_of
from training.evaluation.segment_calibration import segment_levels
from training.metrics.proportion_intervals import clustered_share
from training.model.release import Release
from training.results.records import Measured
from training.results.scored import ScoredSnapshots


@dataclass(frozen=True, kw_only=True)
class SegmentFairness:
    """How leads of one segment fare, each as it was first looked at in the test.

    Attributes
    ----------
    label : Text
        Attribute and value.
    n_leads, n_converted : int
    converted : Measured
        Share that converted.
    difference : Measured
        Predicted less observed share.
    is_off : bool
        Whether chance alone would hardly do that, however many segments are looked at.
    qualified : Measured
        Share that reached the MQL cut-off.
    found : Measured
        Share of those who converted that reached it: equal opportunity.
    """

    attribute: str
    value: str
    label: Text
    n_leads: int
    n_converted: int
    converted: Measured
    difference: Measured
    is_off: bool
    qualified: Measured
    found: Measured


def fairness_by_segment(
    release: Release, dataset: Dataset, definition: LeadDefinition, *, seed: int = 0
) -> tuple[SegmentFairness, ...]:
    """Compare segments by calibration and by the share of converting leads that qualify.

    Parameters
    ----------
    release : Release
    dataset : Dataset
        Split as the release's retrain split it: of the same data cut-off and seed.
    definition : LeadDefinition
        Names the attributes that reports are split by; segments with fewer than
        :data:`FEWEST_CONVERTED` conversions are left out.
    seed : int
        Of the bootstrap.
    """
    test = dataset.split.test
    catalogue = Catalogue.from_dict(release.tested.catalogue, definition)
    snapshot = take_snapshot(dataset.history, catalogue, dataset.at(test.rows))
    _, first = np.unique(snapshot.moments.lead, return_index=True)
    probability = release.tested.probability(snapshot.matrix)[first]
    scored = ScoredSnapshots(
        probability=probability,
        converted=test.converted[first],
        matured=np.ones(len(first), dtype=bool),  # a test holds nothing else
        lead=snapshot.moments.lead[first],
        group=dataset.groups_at(test.rows)[first],
        as_of=snapshot.moments.as_of[first],
    )
    cut_offs = release.card.tested_cut_offs or release.cut_offs
    qualified = cut_offs.qualify(probability) > 0
    values = {s.attribute: s.value for s in segments_of(snapshot, first, definition)}
    found = []
    for level in segment_levels(scored, values, seed=seed):
        rows = scored.take(level.inside)
        found.append(
            SegmentFairness(
                attribute=level.attribute,
                value=level.value,
                label=segment_name(definition, level.attribute, level.value),
                n_leads=len(rows),
                n_converted=int(rows.converted.sum()),
                converted=level.converted_share,
                difference=level.difference,
                is_off=level.is_off,
                qualified=_share(qualified, scored, level.inside),
                found=_share(qualified, scored, level.inside & scored.converted),
            )
        )
    return tuple(found)


def _share(qualified: BoolArray, scored: ScoredSnapshots, inside: BoolArray) -> Measured:
    return clustered_share(qualified[inside], scored.group[inside])
