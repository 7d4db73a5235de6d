"""Our points as ``shap.Explanation`` objects, for shap's beeswarm and waterfall in notebooks.

The values are ours, computed from the tables; shap only draws them. They agree with
``shap.TreeExplainer`` up to the calibrator's slope and the unit. What a bent calibrator adds is
part of each lead's base value, so that the values still lead to the total.
"""

from typing import TYPE_CHECKING

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.text import Language
from serving.reasons.explainer import Explainer
from serving.reasons.points import in_points

if TYPE_CHECKING:
    import shap


def shap_by_feature(
    explainer: Explainer, matrix: FloatArray, language: Language
) -> "shap.Explanation":
    """Points of every model input, under the words of the catalogue; for the beeswarm.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    language : str
        Of the names.
    """
    import shap  # 2.5 s and 400 MB: only where somebody plots

    contributions = explainer.tables.explain(matrix)
    points = in_points(contributions, explainer.calibrator, np.eye(matrix.shape[1]))
    return shap.Explanation(
        values=points.reasons,
        base_values=points.base + points.calibration,
        data=matrix,
        feature_names=[feature.label.read(language) for feature in explainer.catalogue],
    )


def shap_by_concept(
    explainer: Explainer, matrix: FloatArray, as_of: IntArray, *, language: Language
) -> "shap.Explanation":
    """Points of every concept with its values in words; for the waterfall of one lead.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    as_of : ndarray of shape (n_leads,)
        Seconds since 1970 UTC, for the dates in the words.
    language : str
        Of names and values.
    """
    import shap  # 2.5 s and 400 MB: only where somebody plots

    points = explainer.explain(matrix).points
    looks = [
        explainer.feature_row(row, moment)
        for row, moment in zip(matrix, as_of.tolist(), strict=True)
    ]
    said = [
        [concept.phrase(feature_row).read(language) for concept in explainer.concepts]
        for feature_row in looks
    ]
    return shap.Explanation(
        values=points.reasons,
        base_values=points.base + points.calibration,
        data=np.array(said, dtype=object),
        feature_names=[concept.label.read(language) for concept in explainer.concepts],
    )
