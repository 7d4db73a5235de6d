import pytest

from features.core.text import Text
from features.feature import Axis
from serving.reasons.phrases import fixed as words
from serving.reasons.plane import Corner, locate
from serving.reasons.reason import LeadReason


def _reason(axis: Axis, points: float) -> LeadReason:
    return LeadReason(
        concept="c",
        axis=axis,
        points=points,
        words=Text(ja="語", en="word"),
        sentence=Text(ja="文", en="sentence"),
    )


@pytest.mark.parametrize(
    ("behaviour", "information", "corner"),
    [
        (3.0, 2.0, Corner.WARM_AND_KNOWN),
        (3.0, -2.0, Corner.WARM_BUT_UNKNOWN),
        (-3.0, 2.0, Corner.KNOWN_BUT_COLD),
        (-3.0, -2.0, Corner.NEITHER),
    ],
)
def test_the_signs_of_both_sums_make_the_corner(
    behaviour: float, information: float, corner: Corner
) -> None:
    reasons = [
        _reason(Axis.BEHAVIOUR, behaviour + 1),
        _reason(Axis.BEHAVIOUR, -1),
        _reason(Axis.INFORMATION, information),
    ]

    position = locate(reasons, anything_to_ask=True)

    assert (position.behaviour, position.information) == (behaviour, information)
    assert position.corner is corner


def test_corners_differ_in_name_and_advice() -> None:
    corners = [
        locate([_reason(Axis.BEHAVIOUR, b), _reason(Axis.INFORMATION, i)], anything_to_ask=True)
        for b in (1, -1)
        for i in (1, -1)
    ]

    assert len({corner.name for corner in corners}) == 4
    assert len({corner.advice for corner in corners}) == 4


def test_nobody_is_asked_what_is_known() -> None:
    reasons = [_reason(Axis.BEHAVIOUR, 1), _reason(Axis.INFORMATION, -1)]

    assert locate(reasons, anything_to_ask=False).advice == words.NOTHING_LEFT_TO_ASK
