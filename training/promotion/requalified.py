"""Which leads would be qualified otherwise by a challenger, and why.

Both shipped fits judge the newest snapshot of every lead of one cohort. The change is explained by
the concepts whose points differ most between the two.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.catalogue import Catalogue
from features.core.arrays import IntArray
from features.core.qualification import Qualification
from features.snapshot import take_snapshot
from training.dataset.dataset import Dataset
from training.model.concept_points import concept_points
from training.model.release import Release
from training.results.disagreement_records import ConceptPoint

MOST_SHOWN = 20
MOST_CONCEPTS = 3


@dataclass(frozen=True, kw_only=True)
class Requalified:
    """One lead that champion and challenger qualify differently."""

    lead_id: str
    as_of: int
    before: Qualification
    after: Qualification
    probability_before: float
    probability_after: float
    concepts: tuple[ConceptPoint, ...]


@dataclass(frozen=True, kw_only=True)
class RequalifiedCount:
    """How many leads go from one qualification to another."""

    before: Qualification
    after: Qualification
    n_leads: int


@dataclass(frozen=True, kw_only=True)
class Requalification:
    """What a promotion would change for the leads of one cohort.

    ``leads`` are those whose probability moves most, at most ``MOST_SHOWN`` of them.
    """

    n_leads: int
    moves: tuple[RequalifiedCount, ...]
    leads: tuple[Requalified, ...]


def requalify(champion: Release, challenger: Release, dataset: Dataset) -> Requalification:
    """Compare both shipped fits on the newest snapshot of every lead.

    Parameters
    ----------
    champion, challenger : Release
    dataset : Dataset

    Raises
    ------
    LeadDataError
        If one of them was trained with other features than the definition gives.
    """
    rows = _newest_rows(dataset.moments.lead)
    moments = dataset.at(rows)
    fits = (champion.fit, challenger.fit)
    matrices = [
        take_snapshot(
            dataset.history, Catalogue.from_dict(fit.catalogue, dataset.definition), moments
        ).matrix
        for fit in fits
    ]
    before, after = (fit.probability(matrix) for fit, matrix in zip(fits, matrices, strict=True))
    was, becomes = champion.qualify(before), challenger.qualify(after)
    counted = Counter(zip(was.tolist(), becomes.tolist(), strict=True))
    changed = np.flatnonzero(was != becomes)
    shown = changed[np.argsort(-np.abs(after - before)[changed], kind="stable")][:MOST_SHOWN]
    why = concept_points(fits[1], matrices[1][shown]).minus(
        concept_points(fits[0], matrices[0][shown])
    )
    return Requalification(
        n_leads=len(rows),
        moves=tuple(
            RequalifiedCount(before=Qualification(a), after=Qualification(b), n_leads=n)
            for (a, b), n in sorted(counted.items())
        ),
        leads=tuple(
            Requalified(
                lead_id=str(dataset.history.lead_ids[moments.lead[row]]),
                as_of=int(moments.as_of[row]),
                before=Qualification(int(was[row])),
                after=Qualification(int(becomes[row])),
                probability_before=float(before[row]),
                probability_after=float(after[row]),
                concepts=why.weightiest(position, MOST_CONCEPTS),
            )
            for position, row in enumerate(shown.tolist())
        ),
    )


def _newest_rows(lead: npt.NDArray[np.integer]) -> IntArray:
    return np.flatnonzero(np.append(lead[1:] != lead[:-1], np.ones(min(len(lead), 1), dtype=bool)))
