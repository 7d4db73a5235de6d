"""Columns that give the outcome away: written with it or after it."""

import numpy as np

from features.core.arrays import BoolArray
from features.importing.proposal.column_profile import ColumnProfile

FEWEST_WINNERS = 20
GIVES_AWAY = 0.88
"""Area under the curve of one column alone from which it is taken for a consequence. Measured on
public data: the strongest honest column reached .73, what sales wrote afterwards .92."""


def gives_away(column: ColumnProfile, won: BoolArray) -> str | None:
    """Why a column is taken for a consequence of the outcome; None if its values say little of it.

    Parameters
    ----------
    column : ColumnProfile
        Of the leads' table.
    won : ndarray of shape (n_rows,)
        Which rows reached the outcome.
    """
    n_won = int(won.sum())
    if len(won) != len(column.rows) or not FEWEST_WINNERS <= n_won <= len(won) - FEWEST_WINNERS:
        return None
    of_won, of_others = column.filled[won].mean(), column.filled[~won].mean()
    if of_won > 0.3 and of_others < 0.02:
        return "filled almost only where the outcome came"
    if of_others > 0.1 and of_won < 0.01:
        return "never filled where the outcome came"
    if column.kind in ("boolean", "category") and _area(column, won) > GIVES_AWAY:
        return "its values alone tell the outcome apart: written with it or after it"
    if column.kind == "number" and _area(column, won) > GIVES_AWAY and len(column.values) < 200:
        return "its values alone tell the outcome apart: written with it or after it"
    return None


def _area(column: ColumnProfile, won: BoolArray) -> float:
    """Area under the curve of leads ordered by the rate of their value, rare values together."""
    winners_of = np.bincount(column.rows, weights=won, minlength=len(column.texts))
    base = won.mean()
    rate = (winners_of + 10 * base) / (column.counts + 10)
    order = np.argsort(rate)
    wins, losses = winners_of[order], (column.counts - winners_of)[order]
    below = np.cumsum(losses) - losses / 2
    return float((wins * below).sum() / max(wins.sum() * losses.sum(), 1))
