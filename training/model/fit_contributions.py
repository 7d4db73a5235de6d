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
from training.contributions.contributions import Contributions
from training.contributions.leaf_paths import LeafPaths
from training.contributions.tree_shap import ContributionTables
from training.learners.boosting.ensemble import mixed
from training.learners.linear.additive_logistic import AdditiveLogistic

P = TypeVar("P", FloatArray, Contributions)


@dataclass(frozen=True, kw_only=True, eq=False)
class FitContributions:
    """A fit in the form in which leads are explained.

    Attributes
    ----------
    tables : ContributionTables, LeafPaths or None
        Of the boosters, for many leads or for a few; None for a scorecard, which has none.
    line : AdditiveLogistic or None
        One of the two is there.
    offsets : PlacedOffsets
        What the calibration gives to segments.
    few_leads : bool
        Nothing is compiled, which a few leads do not repay.
    """

    tables: ContributionTables | LeafPaths | None
    line: AdditiveLogistic | None
    offsets: PlacedOffsets = NO_OFFSETS
    few_leads: bool = False

    @classmethod
    def of(
        cls,
        model_texts: Sequence[str],
        line: AdditiveLogistic | None,
        offsets: PlacedOffsets,
        *,
        few_leads: bool = False,
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
        few_leads : bool
            For some hundred leads in all: the same numbers, from LeafPaths.

        Raises
        ------
        LeadDataError
            If its trees cannot be explained.
        """
        needs_tables = bool(model_texts) or line is None
        form = LeafPaths if few_leads else ContributionTables
        tables = form.from_model_texts(model_texts) if needs_tables else None
        return cls(tables=tables, line=line, offsets=offsets, few_leads=few_leads)

    def explain(self, matrix: FloatArray) -> Contributions:
        """Contributions and margins of the rows of a snapshot, shape (n_leads, n_features).

        The margin is the fit's own to the last bit.

        Raises
        ------
        LeadDataError
            If the matrix has not the fit's number of features.
        """
        found = self._without_offsets(matrix)
        self.offsets.add_to_contributions(found.values, matrix)
        margin = self.offsets.add_to(found.margin, matrix)
        return Contributions(base=found.base, values=found.values, margin=margin)

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Margins alone, in a fraction of the time; parameters as of :meth:`explain`."""
        compiled = not self.few_leads
        straight = None if self.line is None else self.line.margin(matrix, compiled=compiled)
        trees = None if self.tables is None else self.tables.margin(matrix)
        if straight is not None and trees is not None and self.line is not None:
            return self.offsets.add_to(mixed(trees, straight, self.line.share), matrix)
        return self.offsets.add_to(_the_only(trees, straight), matrix)

    def _without_offsets(self, matrix: FloatArray) -> Contributions:
        straight = (
            None if self.line is None else _of_line(self.line, matrix, compiled=not self.few_leads)
        )
        trees = None if self.tables is None else self.tables.explain(matrix)
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


def _of_line(line: AdditiveLogistic, matrix: FloatArray, *, compiled: bool) -> Contributions:
    if matrix.ndim != 2 or matrix.shape[1] != len(line.features):
        msg = (
            f"leads must come with the line's {len(line.features)} features; got a matrix of "
            f"shape {matrix.shape}. Take the snapshot with the release's catalogue."
        )
        raise LeadDataError(msg)
    additions = line.additions(matrix, compiled=compiled)
    margin = line.summed(additions, compiled=compiled)
    additions -= line.means
    return Contributions(base=line.base, values=additions, margin=margin)
