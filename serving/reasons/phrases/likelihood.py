"""A probability said so that nobody takes it for certainty: as so many of ten, and its range."""

from dataclasses import dataclass

import numpy as np

from features.core import formats
from features.core.text import Text
from serving.reasons.phrases.fixed import STAGES_EXPECTED
from training.calibration.calibrator import Calibrator

IN_TENS = (0.2, 0.8)
"""Between these, so many of ten is exact enough; outside it is so many of a hundred."""


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
    out_of = 10 if IN_TENS[0] <= probability <= IN_TENS[1] else 100
    expected = round(out_of * probability)
    if expected == 0:
        many = Text(ja="1件未満", en="fewer than 1")
    elif expected == out_of:
        many = Text(ja="99件超", en="more than 99")
    else:
        many = Text(ja=f"およそ{expected}件", en=f"about {expected}")
    return Text(
        ja=f"このようなリード{out_of}件のうち、{many.ja}が{becomes.ja}",
        en=f"Of {out_of} leads like this, {many.en} {becomes.en}",
    )


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
