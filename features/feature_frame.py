"""A release's columns in words: a table with category texts in, the numbers boosters read out.

Why the catalogue of the release and not the definition of today: the codes of a category are those
it was trained with, and a release is scored long after the agreement has changed.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from features.core.parsing.job_title import Department
from features.definition.kinds.kind import LEVEL
from features.families.category_levels import OTHER

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 3
"""Columns or values an error names before it only counts them."""


def level_texts(catalogue: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Texts of every category column of a release, in the order of their codes.

    Parameters
    ----------
    catalogue : mapping
        As ``catalogue.json`` holds it.

    Returns
    -------
    dict from column to tuple of str
    """
    departments = tuple(department.value for department in Department)
    return {
        feature["name"]: tuple(catalogue["levels"].get(feature["name"], departments))
        for feature in catalogue["features"]
        if feature["unit"] == LEVEL
    }


def matrix_of(frame: "pd.DataFrame", catalogue: Mapping[str, Any]) -> FloatArray:
    """Read a table in words as the matrix a fit takes.

    Parameters
    ----------
    frame : DataFrame of shape (n, at least n_features)
        A column per feature, by name and in any order; categories as text, what is unknown as
        missing. Columns of other names are left aside.
    catalogue : mapping
        As ``catalogue.json`` holds it.

    Returns
    -------
    ndarray of shape (n, n_features)
        In the order of the catalogue; NaN is unknown.

    Raises
    ------
    LeadDataError
        If columns are absent, or a column holds what is no number and no level.
    """
    names = [feature["name"] for feature in catalogue["features"]]
    absent = [name for name in names if name not in frame.columns]
    if absent:
        msg = (
            f"the table must hold the release's {len(names)} columns; got none for {len(absent)} "
            f"({', '.join(absent[:MOST_NAMED])}). Add them, or fill them with missing values."
        )
        raise LeadDataError(msg)
    levels = level_texts(catalogue)
    matrix = np.empty((len(frame), len(names)))
    for column, name in enumerate(names):
        if name in levels:
            matrix[:, column] = _codes(frame[name], levels[name])
        else:
            matrix[:, column] = _numbers(frame[name])
    return matrix


def frame_of(matrix: FloatArray, catalogue: Mapping[str, Any]) -> "pd.DataFrame":
    """Write a matrix as the table in words that :func:`matrix_of` reads.

    Parameters
    ----------
    matrix : ndarray of shape (n, n_features)
    catalogue : mapping
        As ``catalogue.json`` holds it.

    Returns
    -------
    DataFrame of shape (n, n_features)
        Categories as text, missing where unknown.
    """
    # Half a second of imports that whoever reads a release does not otherwise need.
    import pandas as pd

    levels = level_texts(catalogue)
    columns: dict[str, Any] = {}
    for column, feature in enumerate(catalogue["features"]):
        name, values = feature["name"], matrix[:, column]
        if name in levels:
            texts = [None if np.isnan(v) else levels[name][int(v)] for v in values]
            columns[name] = pd.Series(texts, dtype="str")
        else:
            columns[name] = values
    return pd.DataFrame(columns)


def _codes(values: "pd.Series[Any]", levels: Sequence[str]) -> FloatArray:
    """Codes of the levels; a text that is none is the other level, as it was in training."""
    known = {text: float(code) for code, text in enumerate(levels)}
    unknown = known.get(OTHER)
    missing = values.isna().to_numpy()
    codes = np.full(len(values), np.nan)
    strange: list[str] = []
    for row, text in enumerate(values):
        if missing[row]:
            continue
        code = known.get(text, unknown)
        if code is None:
            strange.append(str(text))
        else:
            codes[row] = code
    if strange:
        msg = (
            f"{values.name} must be one of {', '.join(levels)}, or missing; got {len(strange)} "
            f"others ({', '.join(sorted(set(strange))[:MOST_NAMED])}). Write the level's own text."
        )
        raise LeadDataError(msg)
    return codes


def _numbers(values: "pd.Series[Any]") -> FloatArray:
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        msg = (
            f"{values.name} must be a number or missing; got values of type {values.dtype}. "
            "Convert the column."
        )
        raise LeadDataError(msg) from None
