"""Charts of a retrain: first a list of records that a test can read, then a drawing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.results.records import Metrics

PNG_SCALE = 2
"""Pixels per point: sharp on today's screens."""


@dataclass(frozen=True, kw_only=True)
class ChartBand:
    """One band of a reliability chart; shares are 0 to 1."""

    promised: float
    came: float
    low: float
    high: float
    n_snapshots: int


def reliability_points(metrics: Metrics) -> list[ChartBand]:
    """Mean probability and realised share of every band."""
    return [
        ChartBand(
            promised=band.mean_probability,
            came=band.converted_share.value,
            low=or_value(band.converted_share.low, band.converted_share.value),
            high=or_value(band.converted_share.high, band.converted_share.value),
            n_snapshots=band.n_snapshots,
        )
        for band in metrics.reliability
    ]


def draw_reliability(points: Sequence[ChartBand]) -> Any:
    """An altair chart: predicted against observed, with the diagonal of perfect calibration."""
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


def or_value(value: float | None, otherwise: float) -> float:
    """A figure, or another where it is undefined."""
    return otherwise if value is None else value
