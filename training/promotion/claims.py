"""What a figure and its interval allow to be said, and whether the gate lets it pass.

A sentence must claim what was tested. An interval that leaves out the ideal is outside noise, even
where the tolerance, which is what the gate asks for, holds the figure; one that holds it shows no
difference, even where the figure alone lies beyond the tolerance.
"""

from dataclasses import dataclass

from features.core.estimate import Measured
from features.core.text import Text


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What may be said of a figure, and whether it passes."""

    passes: bool
    words: Text


WITHIN_NOISE = Claim(
    passes=True,
    words=Text(
        ja="確率は誤差の範囲で実際の割合と合っています",
        en="Probabilities agree with what was observed, within noise",
    ),
)
INSIDE_TOLERANCE = Claim(
    passes=True,
    words=Text(
        ja="確率は許容の範囲で実際の割合と合っていますが、誤差の範囲とは言えません",
        en="Probabilities agree with what was observed inside the tolerance, but outside noise",
    ),
)
NOT_SHOWN_BEYOND = Claim(
    passes=True,
    words=Text(
        ja="確率は誤差を超えて実際の割合とずれていますが、許容を超えるとは言えません",
        en="Probabilities are off, outside noise, but not shown to be beyond the tolerance",
    ),
)
BEYOND_TOLERANCE = Claim(
    passes=False,
    words=Text(
        ja="確率が許容を超えて実際の割合とずれています",
        en="Probabilities do not agree with what was observed: they are beyond the tolerance",
    ),
)
_FROM_BEST_TO_WORST = (WITHIN_NOISE, INSIDE_TOLERANCE, NOT_SHOWN_BEYOND, BEYOND_TOLERANCE)

BEATS_BASE_RATE = Claim(
    passes=True,
    words=Text(
        ja="後の期間で基準率より良い予測です",
        en="Later in time the model is better than the base rate",
    ),
)
AHEAD_OF_BASE_RATE = Claim(
    passes=True,
    words=Text(
        ja="後の期間で基準率より良い値ですが、区間は求められません",
        en="Later in time the model did better than the base rate, but no interval could be drawn",
    ),
)
NOT_SHOWN_BETTER = Claim(
    passes=False,
    words=Text(
        ja="後の期間でモデルは基準率より良いと言えません",
        en="Later in time the model is not shown to be better than the base rate",
    ),
)
WORSE_THAN_BASE_RATE = Claim(
    passes=False,
    words=Text(
        ja="後の期間でモデルは基準率より悪い予測です",
        en="Later in time the model is worse than the base rate",
    ),
)

BETTER = Claim(
    passes=True,
    words=Text(ja="チャンピオンより良い予測です", en="It is better than the champion"),
)
EQUAL = Claim(
    passes=True,
    words=Text(
        ja="チャンピオンに劣るとしても許容の範囲です",
        en="It is not worse than the champion by more than the margin",
    ),
)
NOT_TOLD_APART = Claim(
    passes=True,
    words=Text(
        ja="チャンピオンとの差は判別できません",
        en="It cannot be told apart from the champion",
    ),
)
SLIGHTLY_WORSE = Claim(
    passes=True,
    words=Text(
        ja="チャンピオンより悪いものの、許容の範囲です",
        en="It is worse than the champion, by less than the margin",
    ),
)
WORSE = Claim(
    passes=False,
    words=Text(
        ja="チャンピオンより悪く、許容の範囲とは言えません",
        en="It is worse than the champion, and not shown to be within the margin",
    ),
)
SEEMS_WORSE = Claim(
    passes=False,
    words=Text(
        ja="チャンピオンより許容を超えて悪い値です(誤差ではないとは言えません)",
        en="It did worse than the champion by more than the margin, which may be noise",
    ),
)


def beside_ideal(figure: Measured, *, ideal: float, tolerance: tuple[float, float]) -> Claim:
    """What a figure of calibration shows; it fails only where all of it is beyond the tolerance.

    Parameters
    ----------
    figure : Measured
        Without an interval nothing can be said of noise.
    ideal : float
    tolerance : tuple of float
        Least and most that nobody could act on differently.
    """
    least, most = tolerance
    low, high = figure.value, figure.value
    if figure.low is not None and figure.high is not None:
        low, high = figure.low, figure.high
        if low <= ideal <= high:
            return WITHIN_NOISE
    if low > most or high < least:
        return BEYOND_TOLERANCE
    return INSIDE_TOLERANCE if least <= figure.value <= most else NOT_SHOWN_BEYOND


def worst_of(*claims: Claim) -> Claim:
    """The least favourable of some claims about calibration."""
    return max(claims, key=_FROM_BEST_TO_WORST.index)


def beside_base_rate(gain: Measured) -> Claim:
    """What a gain in log loss over the base rate shows; above zero the model knows something."""
    if gain.low is None:
        return AHEAD_OF_BASE_RATE if gain.value > 0 else NOT_SHOWN_BETTER
    if gain.sign < 0:
        return WORSE_THAN_BASE_RATE
    return BEATS_BASE_RATE if gain.low > 0 else NOT_SHOWN_BETTER


def beside_champion(difference: Measured, margin: float) -> Claim:
    """What the log loss less the champion's shows; below zero the challenger is better.

    Parameters
    ----------
    difference : Measured
    margin : float
        By how much log loss may be worse.
    """
    within = difference.high is not None and difference.high <= margin
    if difference.value > margin:
        return WORSE if difference.sign > 0 else SEEMS_WORSE
    if difference.sign < 0:
        return BETTER
    if difference.sign > 0:
        return SLIGHTLY_WORSE if within else WORSE
    return EQUAL if within else NOT_TOLD_APART
