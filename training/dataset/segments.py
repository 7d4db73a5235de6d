"""What reports are split by: one value per lead, as known when the period began."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, IntArray
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.attributes import Attribute
from features.definition.kinds import KINDS
from features.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Values of one attribute for each lead of a cohort, as known when the period began."""

    attribute: str
    value: npt.NDArray[np.str_]
    label: Text | None = None
    value_labels: Mapping[str, Text] = field(default_factory=dict)


UNKNOWN = "(unknown)"
UNKNOWN_LABEL = Text(ja="(不明)", en="(unknown)")

N_BANDS = 3
"""Bands of other numbers: equally many leads in each."""


def segments_of(
    snapshot: Snapshot, first_rows: IntArray, definition: LeadDefinition
) -> tuple[Segment, ...]:
    """Read the definition's segments of leads from each lead's first snapshot of the period.

    Parameters
    ----------
    snapshot : Snapshot
    first_rows : ndarray of shape (n_leads,)
        Row of each lead's first snapshot.
    definition : LeadDefinition
        Names the attributes that reports are split by.
    """
    found = []
    for name in definition.segments:
        attribute = definition.attribute(name)
        column = _column(attribute, snapshot.catalogue)
        if column is not None:
            values = snapshot.matrix[first_rows, column]
            levels = snapshot.catalogue.features[column].levels
            value = _texts(values, attribute.kind, levels)
            labels = {UNKNOWN: UNKNOWN_LABEL}
            found.append(
                Segment(attribute=name, value=value, label=attribute.label, value_labels=labels)
            )
    return tuple(found)


def segment_categories(catalogue: Catalogue, definition: LeadDefinition) -> tuple[int, ...]:
    """Columns of the definition's segments that are categories of their own."""
    columns = (_column(definition.attribute(name), catalogue) for name in definition.segments)
    return tuple(c for c in columns if c is not None and catalogue.features[c].is_category)


def _column(attribute: Attribute, catalogue: Catalogue) -> int | None:
    """The attribute's first column; None where the catalogue has none."""
    names = [c.name.format(attribute.name) for c in KINDS[attribute.kind].columns]
    return catalogue.index(names[0]) if names and names[0] in catalogue.names else None


def _texts(values: FloatArray, kind: str, levels: Sequence[str]) -> npt.NDArray[np.str_]:
    known = ~np.isnan(values)
    texts = np.full(len(values), UNKNOWN, dtype=object)
    if levels:
        names = np.asarray(levels, dtype=object)
        texts[known] = names[values[known].astype(np.int64)]
    elif bands := KINDS[kind].bands:
        texts[known] = _banded(values[known], np.asarray(bands))
    elif len(np.unique(values[known])) <= N_BANDS:
        texts[known] = [f"{value:g}" for value in values[known]]
    else:
        shares = np.arange(1, N_BANDS) / N_BANDS
        texts[known] = _banded(values[known], np.unique(np.quantile(values[known], shares)))
    return texts.astype(np.str_)


def _banded(values: FloatArray, edges: FloatArray) -> list[str]:
    names = [f"under {edges[0]:,.0f}"]
    names += [f"{a:,.0f} to {b:,.0f}" for a, b in itertools.pairwise(edges)]
    names += [f"{edges[-1]:,.0f} and over"]
    return [names[i] for i in np.searchsorted(edges, values, side="right")]
