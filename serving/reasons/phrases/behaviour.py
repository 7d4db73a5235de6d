"""What a lead did, in words: how often, how lately, how much, since when."""

from collections.abc import Mapping

from features.catalogue import Catalogue
from features.core.formats import calendar_date, day_ahead, days_ago, last_ago, quantity
from features.core.text import Text
from features.definition.behaviours import Behaviour
from features.definition.lead_definition import LeadDefinition
from features.families.behaviour import window_suffix
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.row import FeatureRow, Phrase, both


def behaviour_phrase(
    behaviour: Behaviour, definition: LeadDefinition, catalogue: Catalogue
) -> Phrase:
    """Make the phrase for a behaviour: how often and how recently it was shown.

    The phrase names the shortest window that holds as many events as the longest one.

    Parameters
    ----------
    behaviour : Behaviour
    definition : LeadDefinition
    catalogue : Catalogue
        Whose columns the rows have.
    """
    name = behaviour.name
    windows = _windows(definition, catalogue, name)
    ever = catalogue.index(f"{name}_ever")
    if not definition.dated:
        return lambda feature_row: _in_all(feature_row.values[ever])
    last = catalogue.index(f"days_since_{name}")
    amount = "" if behaviour.amount is None else behaviour.amount.unit
    amounts = _windows(definition, catalogue, f"{name}_{amount}") if amount else {}

    def phrase(feature_row: FeatureRow) -> Text:
        if not feature_row.values[ever]:
            return words.NEVER
        days = _telling_window(feature_row, windows)
        ago = last_ago(feature_row.days_since(feature_row.values[last]))
        if days is None:
            counted = _in_all(feature_row.values[ever])
        else:
            times = quantity(feature_row.values[windows[days]], "times")
            number = times.en.split()[0]
            counted = both(f"この{days}日で{times.ja}", f"{number} in the last {days} days")
            if amounts:
                much = quantity(feature_row.values[amounts[days]], amount)
                counted = both(f"{counted.ja}({much.ja})", f"{counted.en} ({much.en})")
        return both(f"{counted.ja}、{ago.ja}", f"{counted.en}, {ago.en}")

    return phrase


def activity_phrase(definition: LeadDefinition, catalogue: Catalogue) -> Phrase:
    """On how many days the lead did anything, and in how many ways."""
    kinds_ever = catalogue.index("distinct_behaviours_ever")
    if not definition.dated:
        return lambda feature_row: quantity(feature_row.values[kinds_ever], "behaviours")
    windows = _windows(definition, catalogue, "active_days")
    kinds = _windows(definition, catalogue, "distinct_behaviours")
    ever = catalogue.index("active_days_ever")

    def phrase(feature_row: FeatureRow) -> Text:
        if not feature_row.values[ever]:
            return words.NO_ACTIVITY
        days = _telling_window(feature_row, windows)
        if days is None:
            active = quantity(feature_row.values[ever], "days")
            kind = quantity(feature_row.values[kinds_ever], "behaviours")
            longest = max(windows, default=0)
            return both(
                f"この{longest}日はなし(通算では{active.ja}、{kind.ja})",
                f"none in the last {longest} days (in all on {active.en}, {kind.en})",
            )
        active = quantity(feature_row.values[windows[days]], "days")
        kind = quantity(feature_row.values[kinds[days]], "behaviours")
        return both(
            f"この{days}日のうち{active.ja}({kind.ja}の行動)",
            f"on {active.en.split()[0]} of the last {days} days, {kind.en}",
        )

    return phrase


def age_phrase(catalogue: Catalogue) -> Phrase:
    """How long the lead has been known, and since when."""
    column = catalogue.index("days_since_creation")

    def phrase(feature_row: FeatureRow) -> Text:
        days = feature_row.days_since(feature_row.values[column])
        since = calendar_date(day_ahead(-days, feature_row.today))
        spent, ago = quantity(days, "days"), days_ago(days)
        return both(f"{ago.ja}({since.ja})", f"{spent.en}, since {since.en}")

    return phrase


def _in_all(count: float) -> Text:
    if not count:
        return words.NEVER
    times = quantity(count, "times")
    return both(f"通算{times.ja}", f"{times.en.split()[0]} in all")


def _windows(definition: LeadDefinition, catalogue: Catalogue, name: str) -> dict[int, int]:
    """Column of each finite window, from short to long."""
    days = sorted(definition.windows.days) if definition.dated else []
    return {d: catalogue.index(f"{name}_{window_suffix(d)}") for d in days}


def _telling_window(feature_row: FeatureRow, windows: Mapping[int, int]) -> int | None:
    """The shortest window that holds as much as the longest; None if even that is empty."""
    most = max((feature_row.values[column] for column in windows.values()), default=0.0)
    if not most:
        return None
    return next(days for days, column in windows.items() if feature_row.values[column] == most)
