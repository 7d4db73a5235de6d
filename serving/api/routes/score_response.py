"""A snapshot qualified and explained, as JSON types: by the release, or by the rulebook alone.

The probability comes from the tables that explain it; they give, bit for bit, what the release's
boosters give, in a tenth of the time.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from features.core.clock import from_second
from features.core.qualification import Qualification
from features.rulebook import judge_row
from features.snapshot import Snapshot
from serving.api.routes.responses import words_of
from serving.decisions.in_force.apply import InForce
from serving.reasons.card import is_dated
from serving.reasons.explainer import Explained, Explainer
from serving.reasons.phrases.likelihood import rate_range


def score_response(
    snapshot: Snapshot, in_force: InForce, *, lead_id: str | None, with_reasons: bool
) -> dict[str, Any]:
    """Make the fields of a `ScoreAnswer` from a snapshot of one row.

    Parameters
    ----------
    snapshot : Snapshot
        One row, with the columns of the catalogue in force.
    in_force : InForce
        The definition and the release that decide.
    lead_id : str or None
        None where the request describes a lead that is not stored.
    with_reasons : bool
        Whether to add the reasons and their points, which takes longer.
    """
    row = dict(zip(in_force.catalogue.names, snapshot.matrix[0].tolist(), strict=True))
    rulebook_points, by_rulebook = judge_row(row, in_force.rules)
    as_of = int(snapshot.moments.as_of[0])
    answer: dict[str, Any] = {
        "lead_id": lead_id,
        "as_of": from_second(as_of).isoformat() if is_dated(as_of) else None,
        "release_id": in_force.release_id,
        "definition_version": in_force.definition_version,
        "probability": None,
        "qualification": by_rulebook.name,
        "rulebook_points": rulebook_points,
        "rulebook_qualification": by_rulebook.name,
    }
    if in_force.explainer is None or in_force.release is None:
        return answer
    if not with_reasons:
        probability = in_force.explainer.probability(snapshot.matrix)
        return answer | _model(in_force, probability)
    explained = in_force.explainer.explain(snapshot.matrix)
    return (
        answer
        | _model(in_force, explained.probability)
        | _in_words(in_force.explainer, explained, snapshot.matrix[0], as_of)
    )


def explain_row(explainer: Explainer, row: npt.NDArray[np.float64], as_of: int) -> dict[str, Any]:
    """Explain one row of a snapshot: its range, points and reasons, as JSON types.

    Parameters
    ----------
    explainer : Explainer
        Of the release that decides.
    row : ndarray of shape (n_features,)
        Feature values in the catalogue's order; NaN is unknown or never.
    as_of : int
        Instant of the row, in seconds since 1970 UTC.
    """
    return _in_words(explainer, explainer.explain(row[None]), row, as_of)


def _in_words(
    explainer: Explainer, explained: Explained, row: npt.NDArray[np.float64], as_of: int
) -> dict[str, Any]:
    points = explained.points
    between = rate_range(explainer.calibrator, float(explained.margin[0]))
    reasons = explainer.reasons(points.reasons[0], explainer.feature_row(row, as_of))
    return {
        "between": None if between is None else asdict(between),
        "total_points": float(points.total[0]),
        "base_points": float(points.base),
        "calibration_points": float(points.calibration[0]),
        "reasons": [
            {
                "concept": reason.concept,
                "axis": reason.axis.value,
                "points": reason.points,
                "words": words_of(reason.words),
            }
            for reason in reasons
        ],
    }


def _model(in_force: InForce, probability: npt.NDArray[np.float64]) -> dict[str, Any]:
    if in_force.release is None:
        return {}
    qualification = Qualification(int(in_force.release.qualify(probability)[0])).name
    return {"probability": float(probability[0]), "qualification": qualification}
