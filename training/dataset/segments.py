"""What reports are split by: one value per lead, as known when the period began."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue
from features.core.arrays import FloatArray, IntArray
from features.core.formats import same
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.attributes import Attribute
from features.definition.kinds import KINDS
from features.families.category_levels import OTHER, OTHER_LABEL
from features.snapshot_rows import SnapshotRows


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Values of one attribute for each lead of a cohort, as known when the period began."""

    attribute: str
    value: npt.NDArray[np.str_]
    label: Text | None = None
    value_labels: Mapping[str, Text] = field(default_factory=dict)


UNKNOWN = "(unknown)"
UNKNOWN_LABEL = Text(ja="(不明)", en="(unknown)")

_FIXED = {UNKNOWN: UNKNOWN_LABEL, OTHER: OTHER_LABEL}

_BANDS = (
    (re.compile(r"under ([\d,.]+)"), r"\1未満"),
    (re.compile(r"([\d,.]+) to ([\d,.]+)"), r"\1〜\2未満"),
    (re.compile(r"([\d,.]+) and over"), r"\1以上"),
)

N_BANDS = 3
"""Bands of other numbers: equally many leads in each."""


def segments_of(
    snapshot: SnapshotRows, first_rows: IntArray, definition: LeadDefinition
) -> tuple[Segment, ...]:
    """Read the definition's segments of leads from each lead's first snapshot of the period.

    Parameters
    ----------
    snapshot : SnapshotRows
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
            feature = snapshot.catalogue.features[column]
            values, levels = snapshot.column(feature.name)[first_rows], feature.levels
            value = _texts(values, attribute.kind, levels)
            labels = {text: segment_words(attribute, text) for text in np.unique(value).tolist()}
            found.append(
                Segment(attribute=name, value=value, label=attribute.label, value_labels=labels)
            )
    return tuple(found)


def segment_words(attribute: Attribute, value: str) -> Text:
    """What people read in place of a value of a segment: its label, or its band in words.

    Parameters
    ----------
    attribute : Attribute
    value : str
        As :func:`segments_of` names it.
    """
    if value in _FIXED:
        return _FIXED[value]
    for pattern, ja in _BANDS:
        band = pattern.fullmatch(value)
        if band:
            return Text(ja=band.expand(ja), en=value)
    return attribute.called(value)


def segment_name(definition: LeadDefinition, attribute: str, value: str) -> Text:
    """Attribute and value of a segment as people read them: ``Channel: Partner``.

    Parameters
    ----------
    definition : LeadDefinition
    attribute : str
        An attribute of the definition, or what else reports are split by.
    value : str
        As :func:`segments_of` names it.
    """
    known = {item.name: item for item in definition.attributes}
    if attribute not in known:
        return same(f"{attribute}: {value}")
    label, words = known[attribute].label, segment_words(known[attribute], value)
    return Text(ja=f"{label.ja}: {words.ja}", en=f"{label.en}: {words.en}")


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
