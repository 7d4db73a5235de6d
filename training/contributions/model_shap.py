"""What each feature adds to a fit's margin: the boosters' share by tables, the line's as it stands.

Both parts are exact, and the margin is their weighted sum, so their weighted contributions are too.
An offset that the calibration gives to a segment is part of its own column's contribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from training.calibration.segment_offsets import NO_OFFSETS, PlacedOffsets
from training.contributions.tree_shap import Contributions, ContributionTables
from training.learners.boosting.ensemble import mixed
from training.learners.linear.additive_logistic import AdditiveLogistic

P = TypeVar("P", FloatArray, Contributions)


@dataclass(frozen=True, kw_only=True, eq=False)
class FitContributions:
    """A fit in the form in which leads are explained.

    Attributes
    ----------
    tables : ContributionTables or None
        Of the boosters; None for a scorecard, which has none.
    line : AdditiveLogistic or None
        One of the two is there.
    offsets : PlacedOffsets
        What the calibration gives to segments.
    """

    tables: ContributionTables | None
    line: AdditiveLogistic | None
    offsets: PlacedOffsets = NO_OFFSETS

    @classmethod
    def of(
        cls, model_texts: Sequence[str], line: AdditiveLogistic | None, offsets: PlacedOffsets
    ) -> Self:
        """Build the tables of a fit's boosters, if it has any.

        Parameters
        ----------
        model_texts : sequence of str
            The boosters in LightGBM's own text; empty where there are none.
        line : AdditiveLogistic or None
            The linear model of the blend; None where there is none.
        offsets : PlacedOffsets
            Margins added to whole segments.

        Raises
        ------
        LeadDataError
            If its trees cannot be explained.
        """
        needs_tables = bool(model_texts) or line is None
        tables = ContributionTables.from_model_texts(model_texts) if needs_tables else None
        return cls(tables=tables, line=line, offsets=offsets)

    def explain(self, matrix: FloatArray, *, threads: int | None = None) -> Contributions:
        """Contributions and margins of the rows of a snapshot, shape (n_leads, n_features).

        The margin is the fit's own to the last bit, for any number of threads.

        Raises
        ------
        LeadDataError
            If the matrix has not the fit's number of features.
        """
        found = self._without_offsets(matrix, threads)
        self.offsets.add_to_contributions(found.values, matrix)
        margin = self.offsets.add_to(found.margin, matrix)
        return Contributions(base=found.base, values=found.values, margin=margin)

    def margin(self, matrix: FloatArray, *, threads: int | None = None) -> FloatArray:
        """Margins alone, in a fraction of the time; parameters as of :meth:`explain`."""
        straight = None if self.line is None else self.line.margin(matrix)
        trees = None if self.tables is None else self.tables.margin(matrix, threads=threads)
        if straight is not None and trees is not None and self.line is not None:
            return self.offsets.add_to(mixed(trees, straight, self.line.share), matrix)
        return self.offsets.add_to(_the_only(trees, straight), matrix)

    def _without_offsets(self, matrix: FloatArray, threads: int | None) -> Contributions:
        straight = None if self.line is None else _of_line(self.line, matrix)
        trees = None if self.tables is None else self.tables.explain(matrix, threads=threads)
        if straight is None or trees is None or self.line is None:
            return _the_only(trees, straight)
        share = self.line.share
        return Contributions(
            base=(1.0 - share) * trees.base + share * straight.base,
            values=mixed(trees.values, straight.values, share),
            margin=mixed(trees.margin, straight.margin, share),
        )


def _the_only(trees: P | None, straight: P | None) -> P:
    found = straight if trees is None else trees
    if found is None:
        msg = "a fit must have boosters or a line; got neither. Load the release again."
        raise LeadDataError(msg)
    return found


def _of_line(line: AdditiveLogistic, matrix: FloatArray) -> Contributions:
    if matrix.ndim != 2 or matrix.shape[1] != len(line.features):
        msg = (
            f"leads must come with the line's {len(line.features)} features; got a matrix of "
            f"shape {matrix.shape}. Take the snapshot with the release's catalogue."
        )
        raise LeadDataError(msg)
    additions = line.additions(matrix)
    margin = line.summed(additions)
    additions -= line.means
    return Contributions(base=line.base, values=additions, margin=margin)
