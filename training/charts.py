"""Charts of a retrain: first a list of records that a test can read, then a drawing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.comparison_records import Comparison, Matching
from training.records import Metrics

PNG_SCALE = 2
"""Pixels per point: sharp on today's screens."""


@dataclass(frozen=True, kw_only=True)
class ReliabilityPoint:
    """One band of a reliability chart; shares are 0 to 1."""

    promised: float
    came: float
    low: float
    high: float
    n_snapshots: int


@dataclass(frozen=True, kw_only=True)
class RateBar:
    """Opportunity rate of one policy at one qualification, with its interval."""

    policy: str
    group: str
    rate: float
    low: float
    high: float
    n_handed_over: int


def reliability_points(metrics: Metrics) -> list[ReliabilityPoint]:
    """Mean probability and realised share of every band."""
    return [
        ReliabilityPoint(
            promised=band.mean_probability,
            came=band.converted_share.value,
            low=_or(band.converted_share.low, band.converted_share.value),
            high=_or(band.converted_share.high, band.converted_share.value),
            n_snapshots=band.n_snapshots,
        )
        for band in metrics.reliability
    ]


def rate_bars(comparison: Comparison) -> list[RateBar]:
    """Opportunity rates of model and rulebook, side by side."""
    volumes = {
        Matching.PAST: "past cut-offs",
        Matching.TUNED: "rulebook tuned",
        Matching.HINDSIGHT: "equal volume, in hindsight",
    }
    return [
        RateBar(
            policy=policy,
            group=f"{pair.qualification.name}, {volumes[pair.matching]}",
            rate=result.opportunity_rate.value,
            low=_or(result.opportunity_rate.low, result.opportunity_rate.value),
            high=_or(result.opportunity_rate.high, result.opportunity_rate.value),
            n_handed_over=result.n_handed_over,
        )
        for pair in comparison.pairs
        for policy, result in (("model", pair.model), ("rulebook", pair.rulebook))
        if result.opportunity_rate is not None
    ]


def draw_reliability(points: Sequence[ReliabilityPoint]) -> Any:
    """An altair chart: promised against came, with the diagonal of perfect calibration."""
    # Altair takes half a second to import, and only reports draw.
    import altair as alt

    data = alt.Data(values=[asdict(point) for point in points])
    end = max((point.high for point in points), default=1.0)
    diagonal = alt.Data(values=[{"promised": 0.0, "came": 0.0}, {"promised": end, "came": end}])
    x = alt.X("promised:Q", title="Mean probability", axis=alt.Axis(format="%"))
    y = alt.Y("came:Q", title="Share that converted", axis=alt.Axis(format="%"))
    line = alt.Chart(diagonal).mark_line(strokeDash=[4, 4], color="#999").encode(x=x, y=y)
    bars = alt.Chart(data).mark_rule(color="#31688e").encode(x=x, y="low:Q", y2="high:Q")
    dots = alt.Chart(data).mark_circle(color="#31688e", size=60).encode(x=x, y=y)
    return (line + bars + dots).properties(width=360, height=360, title="Promised and came")


def draw_rates(bars: Sequence[RateBar]) -> Any:
    """An altair chart: opportunity rate of both policies, with intervals."""
    # Altair takes half a second to import, and only reports draw.
    import altair as alt

    data = alt.Data(values=[asdict(bar) for bar in bars])
    y = alt.Y("policy:N", title=None)
    color = alt.Color("policy:N", legend=None, scale=alt.Scale(range=["#31688e", "#b5793b"]))
    rate = alt.X("rate:Q", title="Opportunity rate", axis=alt.Axis(format="%"))
    drawn = alt.Chart().mark_bar(opacity=0.7).encode(x=rate, y=y, color=color)
    ends = alt.Chart().mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y)
    return alt.layer(drawn, ends, data=data).properties(width=360).facet(row="group:N")


def as_png(chart: Any) -> bytes:
    """The chart as PNG, drawn without a browser."""
    # Half a second to import, and only reports draw.
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart.to_json(), scale=PNG_SCALE))


def as_svg(chart: Any) -> str:
    """The chart as SVG text, drawn without a browser."""
    # Half a second to import, and only reports draw.
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
