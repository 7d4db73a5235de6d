"""The lead's account and colleagues in words: who is known there, what they did, which deals."""

import math

from features.catalogue import Catalogue
from features.core.formats import days_ago, quantity
from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from features.families.behaviour import window_suffix
from serving.reasons.phrases import fixed as words
from serving.reasons.phrases.row import FeatureRow, Phrase, both

MOST_BEHAVIOURS = 2
"""Of what colleagues did, the most frequent; the rest stands in the details."""


def account_phrase(catalogue: Catalogue) -> Phrase:
    """How many colleagues are known, and what deals there are with them."""
    people = catalogue.index("account_people")
    deals = (
        (catalogue.index("account_open_deals"), words.DEALS_UNDER_WAY),
        (catalogue.index("account_won_deals"), words.DEALS_WON),
    )

    def phrase(feature_row: FeatureRow) -> Text:
        if math.isnan(feature_row.values[people]):
            return words.ACCOUNT_UNKNOWN
        known = quantity(feature_row.values[people], "people")
        said = both(f"{known.ja}を把握", f"{known.en} known")
        for column, label in deals:
            if feature_row.values[column]:
                number = f"{feature_row.values[column]:,.0f}"
                said = both(f"{said.ja}、{label.ja}{number}件", f"{said.en}, {number} {label.en}")
        return said

    return phrase


def colleagues_phrase(definition: LeadDefinition, catalogue: Catalogue) -> Phrase:
    """How many colleagues were active lately, what they did most, and since when."""
    days = definition.windows.days
    active = {d: catalogue.index(f"account_active_people_{window_suffix(d)}") for d in days}
    first = catalogue.index("days_since_account_first_touch")
    longest = days[-1]
    counts = [
        (catalogue.index(f"account_{b.name}_{window_suffix(longest)}"), b.label)
        for b in definition.lead_behaviours
    ]

    def phrase(feature_row: FeatureRow) -> Text:
        most = feature_row.values[active[longest]]
        if math.isnan(most):
            return words.ACCOUNT_UNKNOWN
        if not most:
            said = both(f"この{longest}日の活動なし", f"none active in the last {longest} days")
        else:
            window = next(d for d in days if feature_row.values[active[d]] == most)
            people = quantity(most, "people")
            did = _did(feature_row, counts, longest)
            said = both(
                f"直近{window}日に{people.ja}が活動{did.ja}",
                f"{people.en} active in the last {window} days{did.en}",
            )
        if math.isnan(feature_row.values[first]):
            return said
        ago = days_ago(feature_row.days_since(feature_row.values[first]))
        return both(f"{said.ja}、最初の接点{ago.ja}", f"{said.en}, first touch {ago.en}")

    return phrase


def _did(feature_row: FeatureRow, counts: list[tuple[int, Text]], longest: int) -> Text:
    """What colleagues did most in the longest window, in brackets; nothing if they did nothing."""
    done = sorted(
        (
            (feature_row.values[column], label)
            for column, label in counts
            if feature_row.values[column]
        ),
        key=lambda pair: -pair[0],
    )[:MOST_BEHAVIOURS]
    if not done:
        return both("", "")
    japanese = "、".join(f"{label.ja}{times:,.0f}回" for times, label in done)
    english = ", ".join(f"{label.en} {quantity(times, 'times').en}" for times, label in done)
    return both(f"({longest}日間で{japanese})", f" ({english} in {longest} days)")
