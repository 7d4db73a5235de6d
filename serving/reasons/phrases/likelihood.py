"""A probability said so that nobody takes it for certainty: so many of 100, and its range."""

from dataclasses import dataclass

import numpy as np

from features.core import formats
from features.core.text import Text
from serving.reasons.phrases.fixed import STAGES_EXPECTED
from training.calibration.calibrator import Calibrator

OUT_OF = 100
"""Leads on the one scale of every sentence: what is told of 100 leads compares at a glance."""


@dataclass(frozen=True, kw_only=True)
class RateRange:
    """Rates between which leads like this one convert, in ``level`` of cases; 0 to 1 each."""

    low: float
    high: float
    level: float


def rate_range(calibrator: Calibrator, margin: float) -> RateRange | None:
    """Look up the range of a margin; None where the release kept none that holds a stated share."""
    between = calibrator.between(np.array([margin]))
    if between is None or calibrator.ends is None or calibrator.ends.level is None:
        return None
    low, high = (float(end[0]) for end in between)
    return RateRange(low=low, high=high, level=calibrator.ends.level)


def frequency(probability: float, stage: str) -> Text:
    """What happens to leads like this one, in whole leads.

    Parameters
    ----------
    probability : float
    stage : str
        The definition's outcome.
    """
    becomes = STAGES_EXPECTED[stage]
    many = _of_them(probability)
    return Text(
        ja=f"このようなリード{OUT_OF}件のうち、{many.ja}が{becomes.ja}",
        en=f"Of {OUT_OF} leads like this, {many.en} {becomes.en}",
    )


def comparison(share: float) -> Text:
    """What happened to past leads of every kind, in whole leads, beside one lead's probability."""
    many = _of_them(share)
    return Text(
        ja=f"過去のリード全体では{OUT_OF}件のうち{many.ja}",
        en=f"Of {OUT_OF} past leads of every kind: {many.en}",
    )


def _of_them(share: float) -> Text:
    expected = round(OUT_OF * share)
    if expected == 0:
        return Text(ja="1件未満", en="fewer than 1")
    if expected == OUT_OF:
        return Text(ja="99件超", en="more than 99")
    return Text(ja=f"およそ{expected}件", en=f"about {expected}")


def range_words(found: RateRange) -> Text:
    """A range with what it holds and how surely."""
    low, high = formats.probability(found.low), formats.probability(found.high)
    level = formats.agreed_share(found.level)
    return Text(
        ja=f"過去の実績から見た幅: {low.ja}〜{high.ja}"
        f"(このようなリードの実際の割合がこの幅に入る確からしさは{level.ja})",
        en=f"Likely range: {low.en} to {high.en} "
        f"(holds the true rate of leads like this in {level.en} of cases)",
    )
