"""Features of one behaviour: how often, how lately, how much, since when."""

from collections.abc import Callable, Iterator

from features.core.text import Text
from features.definition.behaviours import Amount, Behaviour
from features.definition.lead_definition import LeadDefinition
from features.feature import Axis, Feature
from features.lookback.protocol import EVER, Column, Lookback
from features.timeline.timeline import TREND_DAYS, TREND_DAYS_BEFORE

Compute = Callable[[Lookback], Column]

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
            yield from _timing(behaviour, definition)


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


def _timing(behaviour: Behaviour, definition: LeadDefinition) -> Iterator[Feature]:
    name, label = behaviour.name, behaviour.label
    for half_life in definition.windows.half_lives_days:
        yield Feature(
            name=f"{name}_decayed_{half_life}d",
            concept=name,
            axis=Axis.BEHAVIOUR,
            label=Text(
                ja=f"{label.ja}(半減期{half_life}日)", en=f"{label.en}, half-life {half_life} days"
            ),
            unit=TIMES,
            compute=_faded(name, half_life),
        )
    if definition.windows.trend:
        yield Feature(
            name=f"{name}_trend",
            concept=name,
            axis=Axis.BEHAVIOUR,
            label=Text(
                ja=f"{label.ja}の増減(直近{TREND_DAYS}日と、その前{TREND_DAYS_BEFORE}日の平均との差)",
                en=f"{label.en}, last {TREND_DAYS} days against the {TREND_DAYS_BEFORE} before",
            ),
            unit="times_per_30_days",
            compute=_trend(name),
        )
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


def _faded(behaviour: str, half_life_days: int) -> Compute:
    return lambda lookback: lookback.faded_count(behaviour, half_life_days)


def _trend(behaviour: str) -> Compute:
    def compute(lookback: Lookback) -> Column:
        recent = lookback.count(behaviour, TREND_DAYS)
        before = lookback.count(behaviour, TREND_DAYS + TREND_DAYS_BEFORE) - recent
        # A difference, not a ratio: it exists for the many leads with nothing before.
        return recent - before * (TREND_DAYS / TREND_DAYS_BEFORE)

    return compute


def window_suffix(days: int | None) -> str:
    """How a window ends a feature's name."""
    return "ever" if days is EVER else f"{days}d"


def window_label(what: Text, days: int | None) -> Text:
    """What happens in a window, in words."""
    if days is EVER:
        return Text(ja=f"{what.ja}(全期間)", en=f"{what.en}, ever")
    return Text(ja=f"{what.ja}(直近{days}日)", en=f"{what.en}, last {days} days")
