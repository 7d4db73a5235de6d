"""Features of one behaviour: how often, how lately, how much, since when."""

from collections.abc import Callable, Iterator

from features.definition.behaviours import Amount, Behaviour
from features.definition.lead_definition import LeadDefinition
from features.feature import Axis, Feature, FloatArray
from features.lookback import EVER, Lookback
from features.text import Text

Compute = Callable[[Lookback], FloatArray]

TIMES = "times"
DAYS = "days"


def behaviour_features(definition: LeadDefinition) -> Iterator[Feature]:
    """Features of every behaviour of leads, over the definition's windows.

    Without dates only totals make sense: all windows would be equal.
    """
    for behaviour in definition.lead_behaviours:
        yield from _counts(behaviour, _windows(definition))
        if behaviour.amount is not None:
            yield from _amounts(behaviour, behaviour.amount, _windows(definition))
        if definition.dated:
            yield from _timing(behaviour)


def _windows(definition: LeadDefinition) -> tuple[int | None, ...]:
    return (*definition.windows.days, EVER) if definition.dated else (EVER,)


def _counts(behaviour: Behaviour, windows: tuple[int | None, ...]) -> Iterator[Feature]:
    for days in windows:
        yield Feature(
            name=f"{behaviour.name}_{window_suffix(days)}",
            concept=behaviour.name,
            axis=Axis.BEHAVIOUR,
            label=window_label(behaviour.label, days),
            unit=TIMES,
            compute=_count(behaviour.name, days),
        )


def _amounts(
    behaviour: Behaviour, amount: Amount, windows: tuple[int | None, ...]
) -> Iterator[Feature]:
    named = Text(
        ja=f"{behaviour.label.ja}: {amount.label.ja}",
        en=f"{behaviour.label.en}: {amount.label.en}",
    )
    for days in windows:
        yield Feature(
            name=f"{behaviour.name}_{amount.unit}_{window_suffix(days)}",
            concept=behaviour.name,
            axis=Axis.BEHAVIOUR,
            label=window_label(named, days),
            unit=amount.unit,
            compute=_amount(behaviour.name, days),
        )


def _timing(behaviour: Behaviour) -> Iterator[Feature]:
    name, label = behaviour.name, behaviour.label
    yield Feature(
        name=f"days_since_{name}",
        concept=name,
        axis=Axis.BEHAVIOUR,
        label=Text(ja=f"最後の{label.ja}からの日数", en=f"Days since last: {label.en}"),
        unit=DAYS,
        compute=lambda lookback: lookback.days_since_last(name),
    )
    yield Feature(
        name=f"days_since_first_{name}",
        concept=name,
        axis=Axis.BEHAVIOUR,
        label=Text(ja=f"最初の{label.ja}からの日数", en=f"Days since first: {label.en}"),
        unit=DAYS,
        compute=lambda lookback: lookback.days_since_first(name),
    )


def _count(behaviour: str, days: int | None) -> Compute:
    return lambda lookback: lookback.count(behaviour, days)


def _amount(behaviour: str, days: int | None) -> Compute:
    return lambda lookback: lookback.amount(behaviour, days)


def window_suffix(days: int | None) -> str:
    """How a window ends a feature's name."""
    return "ever" if days is EVER else f"{days}d"


def window_label(what: Text, days: int | None) -> Text:
    """What happens in a window, in words."""
    if days is EVER:
        return Text(ja=f"{what.ja}(全期間)", en=f"{what.en}, ever")
    return Text(ja=f"{what.ja}(直近{days}日)", en=f"{what.en}, last {days} days")
