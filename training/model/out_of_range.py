"""Have inputs left the range seen in training? The one drift no recalibration corrects.

Trees answer beyond the last value they saw as if it were that value. Where an input lies there for
most leads (a supplier delivers sizes in thousands, a form changes its unit), the ranking itself is
lost: the right answer is an alarm, suspended cut-offs and relearning on what has matured since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, SecondArray
from features.core.clock import DAY
from features.core.formats import Figure
from features.core.formats import share as in_words
from features.core.text import Text
from features.definition import LeadDefinition
from features.families.category_levels import OTHER
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.snapshot_rows import SnapshotRows, column_groups
from training.model.trained_model import TrainedModel

Ranges = Mapping[str, Sequence[float]]
"""Lowest and highest value of each column in training; of a category, the share of rare values."""

TAIL = 0.001
"""Left out at either end: a single wild value must not stretch the range."""

MOST = 0.5
"""Share of leads beyond the range at which the cut-offs are suspended."""

FEWEST_LEADS = 30
YOUNG_DAYS = 180
"""Leads up to half a year old are looked at: of older ones hardly anything is delivered anew."""


@dataclass(frozen=True, kw_only=True)
class OutOfRange:
    """An input that lies outside what training saw for most leads."""

    column: str
    concept: str
    share: float
    n_leads: int
    sentence: Text


def ranges_seen(snapshot: SnapshotRows) -> dict[str, list[float]]:
    """What each column held in training; travels in the release's catalogue.

    Columns of which nothing was known are left out.
    """
    ranges = {}
    for group, columns in column_groups(snapshot):
        for column, values in zip(group, columns.T, strict=True):
            feature, known = snapshot.catalogue.features[column], values[np.isfinite(values)]
            if not len(known):
                continue
            if feature.is_category:
                ranges[feature.name] = [_rare_share(known, feature.levels)]
            else:
                low, high = np.quantile(known, (TAIL, 1 - TAIL))
                ranges[feature.name] = [float(low), float(high)]
    return ranges


def find_out_of_range(snapshot: Snapshot, ranges: Ranges) -> tuple[OutOfRange, ...]:
    """Inputs that most leads of a snapshot hold outside the range seen in training.

    Parameters
    ----------
    snapshot : Snapshot
        One row per lead, as leads are now.
    ranges : mapping from column to numbers
        From :func:`ranges_seen`.
    """
    found = []
    for column, feature in enumerate(snapshot.catalogue):
        seen = ranges.get(feature.name)
        values = snapshot.matrix[:, column]
        known = values[np.isfinite(values)]
        if seen is None or len(known) < FEWEST_LEADS:
            continue
        if feature.is_category:
            # Values rare in training may well be most of a small company's, if they always were.
            share = _rare_share(known, feature.levels)
            is_new = share > MOST > seen[0]
        else:
            share = float(((known < seen[0]) | (known > seen[1])).mean())
            is_new = share > MOST
        if is_new:
            found.append(
                OutOfRange(
                    column=feature.name,
                    concept=feature.concept,
                    share=share,
                    n_leads=len(known),
                    sentence=_sentence(feature.label, in_words(share), len(known)),
                )
            )
    return tuple(sorted(found, key=lambda out: -out.share))


def out_of_range_at(
    ended: SecondArray,
    history: History,
    *,
    as_of: int,
    definition: LeadDefinition,
    fit: TrainedModel,
) -> tuple[OutOfRange, ...]:
    """Find inputs that most young open leads hold outside the range seen in training.

    Leads that have ended are left out, as they are in training: they only grow older.

    Parameters
    ----------
    ended : ndarray of shape (n_leads,)
        When it became known that each lead has ended, far ahead where it has not.
    history : History
    as_of : int
        Instant to look from, in seconds since 1970 UTC.
    definition : LeadDefinition
    fit : TrainedModel
        Whose catalogue keeps the ranges seen in training.
    """
    age = as_of - history.created_at
    is_open = history.begun(as_of) & (ended >= as_of)
    rows = np.flatnonzero(is_open & (age <= YOUNG_DAYS * DAY))
    catalogue = Catalogue.from_dict(fit.catalogue, definition)
    now = take_snapshot(history, catalogue, Moments.of(rows, np.full(len(rows), as_of)))
    return find_out_of_range(now, fit.catalogue.get("ranges", {}))


def _rare_share(known: FloatArray, levels: Sequence[str]) -> float:
    return float((known == levels.index(OTHER)).mean()) if OTHER in levels else 0.0


def _sentence(label: Text, outside: Figure, n_leads: int) -> Text:
    return Text(
        ja=f"「{label.ja}」は{n_leads:,}件のうち{outside.ja}で学習時の範囲を外れており、"
        "確率の順位も信頼できません。入力を直すか、新しい値のリードが成熟してから学び直してください。",
        en=f"'{label.en}' lies outside what training saw for {outside.en} of {n_leads:,} leads: "
        "even the order of probabilities cannot be trusted. Correct the input, or retrain once "
        "leads that hold the new values have matured.",
    )
