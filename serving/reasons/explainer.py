"""What explains one release's probabilities: loaded once, then used for every lead.

To explain many leads, call :meth:`Explainer.explain` on a snapshot's matrix: everything there is
arrays. Words are made lead by lead, for the few that somebody looks at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.definition.lead_definition import LeadDefinition
from serving.reasons.concepts import Concept, list_concepts, membership
from serving.reasons.phrases.row import FeatureRow
from serving.reasons.phrases.statements import said_of, said_on_a_day
from serving.reasons.points import Points, in_points
from serving.reasons.reason import LeadReason
from training.calibration.calibrator import Calibrator
from training.model.fit_contributions import FitContributions
from training.model.trained_model import TrainedModel


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Probabilities of leads and the points behind them.

    Attributes
    ----------
    probability : ndarray of shape (n_leads,)
        Bit for bit what the release gives.
    margin : ndarray of shape (n_leads,)
    points : Points
    """

    probability: FloatArray
    margin: FloatArray
    points: Points


@dataclass(frozen=True, kw_only=True, eq=False)
class Explainer:
    """A fit in the form in which its probabilities are explained.

    Attributes
    ----------
    definition : LeadDefinition
    catalogue : Catalogue
    concepts : tuple of Concept
        The columns of every array of reasons.
    tables : FitContributions
    calibrator : Calibrator
    belongs : ndarray of shape (n_features, n_concepts)
        1 where a feature belongs to a concept.
    dated : tuple of str
        Attributes whose values mean something else on another day.
    """

    definition: LeadDefinition
    catalogue: Catalogue
    concepts: tuple[Concept, ...]
    tables: FitContributions
    calibrator: Calibrator
    belongs: FloatArray
    dated: tuple[str, ...]

    @classmethod
    def of(cls, fit: TrainedModel, definition: LeadDefinition, *, few_leads: bool = False) -> Self:
        """Build the tables and the words of a release's fit, in some tenths of a second.

        Parameters
        ----------
        fit : TrainedModel
        definition : LeadDefinition
        few_leads : bool
            For some hundred leads in all, which no tables repay; the same numbers.

        Raises
        ------
        LeadDataError
            If the definition no longer gives the features the fit reads, or its trees cannot be
            explained.
        """
        catalogue = Catalogue.from_dict(fit.catalogue, definition)
        concepts = list_concepts(definition, catalogue)
        return cls(
            definition=definition,
            catalogue=catalogue,
            concepts=concepts,
            tables=fit.for_few_leads if few_leads else fit.tables,
            calibrator=fit.calibrator,
            belongs=membership(concepts, len(catalogue)),
            dated=said_on_a_day(definition),
        )

    def explain(self, matrix: FloatArray) -> Explained:
        """Probabilities and points of the rows of a snapshot, shape (n_leads, n_features)."""
        contributions = self.tables.explain(matrix)
        return Explained(
            probability=self.calibrator.predict(contributions.margin),
            margin=contributions.margin,
            points=in_points(contributions, self.calibrator, self.belongs),
        )

    def probability(self, matrix: FloatArray) -> FloatArray:
        """The same probabilities without points: a fraction of the time, and of the memory."""
        return self.calibrator.predict(self.tables.margin(matrix))

    def concept(self, name: str) -> Concept:
        """The concept of a behaviour or attribute."""
        return next(concept for concept in self.concepts if concept.name == name)

    def feature_row(
        self, row: FloatArray, as_of: int, *, facts: Iterable[Mapping[str, Any]] = ()
    ) -> FeatureRow:
        """One row of a snapshot, ready to be put into words.

        Parameters
        ----------
        row : ndarray of shape (n_features,)
        as_of : int
            Seconds since 1970 UTC.
        facts : iterable of mapping, optional
            Rows of the fact table of that lead, for what was said on a day.
        """
        zone = self.definition.zone
        said = said_of(facts, self.dated, before=as_of, zone=zone)
        return FeatureRow(values=row.tolist(), as_of=as_of, zone=zone, said=said)

    def reasons(self, points: FloatArray, feature_row: FeatureRow) -> Iterator[LeadReason]:
        """Yield one reason per concept, the weightiest first; words are found as it is asked for.

        Parameters
        ----------
        points : ndarray of shape (n_concepts,)
            One row of :attr:`Points.reasons`.
        feature_row : FeatureRow
            The row of the snapshot they are about.
        """
        for position in by_weight(points):
            yield self.reason(position, points, feature_row)

    def reason(self, position: int, points: FloatArray, feature_row: FeatureRow) -> LeadReason:
        """Put what one concept adds into words.

        Parameters
        ----------
        position : int
            Of the concept.
        points : ndarray of shape (n_concepts,)
            One row of :attr:`Points.reasons`.
        feature_row : FeatureRow
            The row of the snapshot they are about.
        """
        concept = self.concepts[position]
        words, sentence = concept.told(feature_row)
        return LeadReason(
            concept=concept.name,
            axis=concept.axis,
            points=float(points[position]),
            words=words,
            sentence=sentence,
        )


def by_weight(points: FloatArray) -> list[int]:
    """Positions of the concepts of one lead, the weightiest first."""
    order: list[int] = np.argsort(-np.abs(points), kind="stable").tolist()
    return order
