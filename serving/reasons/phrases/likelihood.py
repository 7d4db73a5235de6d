"""A probability said so that nobody takes it for certainty: as a share, and as so many of ten."""

from features.core import formats
from features.core.text import Text
from serving.reasons.phrases.fixed import STAGES_EXPECTED

IN_TENS = (0.2, 0.8)
"""Between these, so many of ten is exact enough; outside it is so many of a hundred."""


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


def between(low: float, high: float) -> Text:
    """How sure a probability is: the two ends that Venn-Abers prediction leaves it between."""
    ends = (formats.probability(low), formats.probability(high))
    return Text(
        ja=f"過去のリードから言える幅: {ends[0].ja}〜{ends[1].ja}",
        en=f"Judging by past leads, between {ends[0].en} and {ends[1].en}",
    )
