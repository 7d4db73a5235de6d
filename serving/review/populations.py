"""Whom a figure of the review counts: one name for each population, beside every figure.

"Accepted" is one number for the hand-overs answered in a month and another for those handed over in
it; both are true, and neither means anything without its population.
"""

from typing import Literal

from features.core.text import Text

Population = Literal[
    "created", "handed_over", "passed_on", "answered", "returned", "opportunity", "won"
]

_WHEN = {
    1: Text(ja="今月", en="in the month"),
    3: Text(ja="この3か月に", en="in the quarter"),
    12: Text(ja="この1年に", en="in the year"),
}

_POPULATIONS: dict[Population, Text] = {
    "created": Text(ja="{when}獲得した全リード", en="all leads created {when}"),
    "handed_over": Text(ja="{when}引き渡したリード", en="leads handed over {when}"),
    "passed_on": Text(
        ja="{when}引き渡したリード(獲得の時期は問わない)",
        en="leads handed over {when}, whenever created",
    ),
    "answered": Text(
        ja="{when}営業が回答したリード(引き渡しの時期は問わない)",
        en="leads answered by sales {when}, whenever handed over",
    ),
    "returned": Text(
        ja="{when}引き渡したリードのうち差し戻されたもの",
        en="of the leads handed over {when}, those returned",
    ),
    "opportunity": Text(
        ja="引き渡したリードのうち{when}商談化したもの",
        en="handed-over leads that became opportunities {when}",
    ),
    "won": Text(
        ja="引き渡したリードのうち{when}受注したもの", en="handed-over leads that were won {when}"
    ),
}

EVERY_OPEN_LEAD = Text(
    ja="月内に対応中だった全リード(引き渡しの有無は問わない)",
    en="all leads open in the month, handed over or not",
)


def population_words(population: Population, months: int = 1) -> Text:
    """Whom a figure counts, over a stretch of so many months.

    Examples
    --------
    >>> population_words("won", 3).en
    'handed-over leads that were won in the quarter'
    """
    when, words = _WHEN[months], _POPULATIONS[population]
    return Text(ja=words.ja.format(when=when.ja), en=words.en.format(when=when.en))
