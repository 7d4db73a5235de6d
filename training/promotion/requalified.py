"""What another release says of the same leads at the same instant, and why.

The change is explained by the concepts whose points differ most between the two.
"""

from collections import Counter

import numpy as np

from features.catalogue import Catalogue
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from training.model.concept_points import concept_points
from training.model.release import Release
from training.results.requalified_records import (
    MOST_SHOWN,
    Requalification,
    Requalified,
    RequalifiedCount,
)

MOST_CONCEPTS = 3


def requalify(
    champion: Release,
    challenger: Release,
    *,
    history: History,
    definition: LeadDefinition,
    moments: Moments,
) -> Requalification:
    """Compare both shipped fits on the same leads.

    Parameters
    ----------
    champion, challenger : Release
    history : History
        Of all leads.
    definition : LeadDefinition
    moments : Moments
        One for each lead, all of one instant.

    Raises
    ------
    LeadDataError
        If one of them was trained with other features than the definition gives.
    """
    fits = (champion.fit, challenger.fit)
    matrices = [
        take_snapshot(history, Catalogue.from_dict(fit.catalogue, definition), moments).matrix
        for fit in fits
    ]
    before, after = (fit.probability(matrix) for fit, matrix in zip(fits, matrices, strict=True))
    was, becomes = champion.qualify(before), challenger.qualify(after)
    counted = Counter(zip(was.tolist(), becomes.tolist(), strict=True))
    changed = np.flatnonzero((was != becomes) | (before != after))
    shown = changed[np.argsort(-np.abs(after - before)[changed], kind="stable")][:MOST_SHOWN]
    why = concept_points(fits[1], matrices[1][shown]).minus(
        concept_points(fits[0], matrices[0][shown])
    )
    return Requalification(
        as_of=int(moments.as_of[0]),
        n_leads=len(moments),
        moves=tuple(
            RequalifiedCount(before=Qualification(a), after=Qualification(b), n_leads=n)
            for (a, b), n in sorted(counted.items())
        ),
        leads=tuple(
            Requalified(
                lead_id=str(history.lead_ids[moments.lead[row]]),
                before=Qualification(int(was[row])),
                after=Qualification(int(becomes[row])),
                probability_before=float(before[row]),
                probability_after=float(after[row]),
                concepts=why.weightiest(position, MOST_CONCEPTS),
            )
            for position, row in enumerate(shown.tolist())
        ),
    )
