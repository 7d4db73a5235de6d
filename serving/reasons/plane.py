"""Where a lead stands on the plane of behaviour and information, and what that asks of us."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from features.core.text import Text
from features.feature import Axis
from serving.reasons.phrases import fixed as words
from serving.reasons.reason import LeadReason


class Corner(StrEnum):
    """The four corners of the plane; the average lead stands in the middle."""

    WARM_AND_KNOWN = "warm_and_known"
    WARM_BUT_UNKNOWN = "warm_but_unknown"
    KNOWN_BUT_COLD = "known_but_cold"
    NEITHER = "neither"


_WORDS = {
    Corner.WARM_AND_KNOWN: (words.READY, words.READY_ADVICE),
    Corner.WARM_BUT_UNKNOWN: (words.WARM, words.WARM_ADVICE),
    Corner.KNOWN_BUT_COLD: (words.KNOWN_BUT_COLD, words.KNOWN_BUT_COLD_ADVICE),
    Corner.NEITHER: (words.LATENT, words.LATENT_ADVICE),
}


@dataclass(frozen=True, kw_only=True)
class Position:
    """A place on the plane: the sums of a lead's reasons by axis, in points."""

    behaviour: float
    information: float
    corner: Corner
    name: Text
    advice: Text


def locate(reasons: Iterable[LeadReason], *, anything_to_ask: bool) -> Position:
    """The place of a lead, by the sums of its reasons.

    Parameters
    ----------
    reasons : iterable of LeadReason
    anything_to_ask : bool
        Whether something that can be asked is unknown: a warm lead of whom all is known and that
        still does not look like a buyer is not one to question further.
    """
    sums = dict.fromkeys(Axis, 0.0)
    for reason in reasons:
        sums[reason.axis] += reason.points
    corner = _corner(warm=sums[Axis.BEHAVIOUR] >= 0, known=sums[Axis.INFORMATION] >= 0)
    name, advice = _WORDS[corner]
    if corner is Corner.WARM_BUT_UNKNOWN and not anything_to_ask:
        advice = words.NOTHING_LEFT_TO_ASK
    return Position(
        behaviour=sums[Axis.BEHAVIOUR],
        information=sums[Axis.INFORMATION],
        corner=corner,
        name=name,
        advice=advice,
    )


def _corner(*, warm: bool, known: bool) -> Corner:
    if warm:
        return Corner.WARM_AND_KNOWN if known else Corner.WARM_BUT_UNKNOWN
    return Corner.KNOWN_BUT_COLD if known else Corner.NEITHER
