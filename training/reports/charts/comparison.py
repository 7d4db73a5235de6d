"""Charts of a comparison: first a list of records that a test can read, then a drawing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.qualification import Qualification
from features.core.text import Language, Text
from training.reports.charts.reliability import or_value
from training.reports.comparison_text import (
    MODEL_AND_RULEBOOK,
    QUALIFICATION_WORDS,
    SHORT_MATCHINGS,
    Names,
)
from training.results.comparison_records import Comparison, Matching, PolicyResult

COLOURS = ["#31688e", "#b5793b"]
"""Of the first and the second policy; apart for the colour-blind, too."""

_RATE = Text(ja="成果率", en="Opportunity rate")
_HANDED_OVER = Text(ja="引き渡し(件/週)", en="Handed over in a week")
_WEEK = Text(ja="週の始まり", en="Week beginning")


@dataclass(frozen=True, kw_only=True)
class RateBar:
    """Opportunity rate of one policy in one group, with its interval."""

    policy: str
    group: str
    rate: float
    low: float
    high: float
    n_handed_over: int


@dataclass(frozen=True, kw_only=True)
class WeekPoint:
    """Leads one policy would have handed over in one week; ``week`` is its first day."""

    policy: str
    week: str
    n_handed_over: int


def rate_bars(
    comparison: Comparison, language: Language = "en", *, names: Names = MODEL_AND_RULEBOOK
) -> list[RateBar]:
    """List opportunity rates of both policies at every qualification and way to match volume.

    Parameters
    ----------
    comparison : Comparison
    language : Language
    names : Names
        What the two policies are called.
    """
    bars = []
    for pair in comparison.pairs:
        qualification = QUALIFICATION_WORDS[pair.qualification].read(language)
        group = f"{qualification}: {SHORT_MATCHINGS[pair.matching].read(language)}"
        bars += _bars(group, pair.model, pair.rulebook, names=names, language=language)
    return bars


def segment_bars(
    comparison: Comparison,
    attribute: str,
    language: Language = "en",
    *,
    names: Names = MODEL_AND_RULEBOOK,
) -> list[RateBar]:
    """List MQL opportunity rates of both policies within each value of one attribute.

    Parameters
    ----------
    comparison : Comparison
    attribute : str
        One of those the comparison was split by; others give no bars.
    language : Language
    names : Names
        What the two policies are called.
    """
    pair = comparison.pair(Qualification.MQL, Matching.PAST)
    bars = []
    for segment in () if pair is None else pair.segments:
        if segment.attribute == attribute:
            value = segment.value_label
            group = segment.value if value is None else value.read(language)
            bars += _bars(group, segment.model, segment.rulebook, names=names, language=language)
    return bars


def week_points(
    comparison: Comparison,
    zone: ZoneInfo,
    language: Language = "en",
    *,
    names: Names = MODEL_AND_RULEBOOK,
) -> list[WeekPoint]:
    """List MQL hand-overs of every week with cut-offs set on past data.

    Parameters
    ----------
    comparison : Comparison
    zone : ZoneInfo
        In which the first day of a week is told.
    language : Language
    names : Names
        What the two policies are called.
    """
    pair = comparison.pair(Qualification.MQL, Matching.PAST)
    return [
        WeekPoint(
            policy=policy.read(language),
            week=from_second(week.start).astimezone(zone).date().isoformat(),
            n_handed_over=count,
        )
        for week in (() if pair is None else pair.weeks)
        for policy, count in ((names.first, week.model), (names.second, week.rulebook))
    ]


def draw_rates(bars: Sequence[RateBar], language: Language = "en") -> Any:
    """An altair chart: opportunity rate of both policies, with intervals, a row per group."""
    # Altair takes half a second to import, and only reports draw.
    import altair as alt

    data = alt.Data(values=[asdict(bar) for bar in bars])
    policies = list(dict.fromkeys(bar.policy for bar in bars))
    groups = list(dict.fromkeys(bar.group for bar in bars))
    y = alt.Y("policy:N", title=None, sort=policies)
    scale = alt.Scale(domain=policies, range=COLOURS)
    color = alt.Color("policy:N", legend=None, scale=scale)
    rate = alt.X("rate:Q", title=_RATE.read(language), axis=alt.Axis(format="%"))
    drawn = alt.Chart().mark_bar(opacity=0.7).encode(x=rate, y=y, color=color)
    ends = alt.Chart().mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y)
    header = alt.Header(labelAngle=0, labelAlign="left", labelLimit=320, title=None)
    row = alt.Row("group:N", sort=groups, header=header)
    return alt.layer(drawn, ends, data=data).properties(width=360).facet(row=row)


def draw_weeks(points: Sequence[WeekPoint], language: Language = "en") -> Any:
    """An altair chart: hand-overs of both policies, week by week."""
    # Altair takes half a second to import, and only reports draw.
    import altair as alt

    data = alt.Data(values=[asdict(point) for point in points])
    policies = list(dict.fromkeys(point.policy for point in points))
    scale = alt.Scale(domain=policies, range=COLOURS)
    return (
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            x=alt.X("week:O", title=_WEEK.read(language)),
            y=alt.Y("n_handed_over:Q", title=_HANDED_OVER.read(language)),
            color=alt.Color("policy:N", title=None, scale=scale),
        )
        .properties(width=520, height=240)
    )


def _bars(
    group: str,
    first: PolicyResult,
    second: PolicyResult,
    *,
    names: Names,
    language: Language,
) -> list[RateBar]:
    return [
        RateBar(
            policy=policy.read(language),
            group=group,
            rate=result.opportunity_rate.value,
            low=or_value(result.opportunity_rate.low, result.opportunity_rate.value),
            high=or_value(result.opportunity_rate.high, result.opportunity_rate.value),
            n_handed_over=result.n_handed_over,
        )
        for policy, result in ((names.first, first), (names.second, second))
        if result.opportunity_rate is not None
    ]
