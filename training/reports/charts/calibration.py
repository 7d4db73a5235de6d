"""The reliability curve as records that a test can read, then as a drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.results.calibration_records import CalibrationReport


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """One point of somebody's curve; true probabilities would stay within ``low`` and ``high``."""

    who: str
    promised: float
    came: float
    low: float
    high: float


def curve_points(calibration_reports: Mapping[str, CalibrationReport]) -> list[CurvePoint]:
    """The curves of everybody that has one, by name."""
    return [
        CurvePoint(
            who=who,
            promised=point.probability,
            came=point.converted_share,
            low=point.low,
            high=point.high,
        )
        for who, proof in calibration_reports.items()
        for point in proof.curve
    ]


def draw_curves(points: Sequence[CurvePoint]) -> Any:
    """An altair chart, one panel each: predicted against observed, with the consistency band."""
    # Altair takes half a second to import, and only reports draw.
    import altair as alt

    end = max((max(point.came, point.high) for point in points), default=1.0)
    corners = [
        {"who": who, "promised": at, "came": at}
        for who in dict.fromkeys(point.who for point in points)
        for at in (0.0, end)
    ]
    data = [asdict(point) for point in points]
    x = alt.X("promised:Q", title="Promised", axis=alt.Axis(format="%"))
    came = alt.Y("came:Q", title="Came", axis=alt.Axis(format="%"))
    band = alt.Chart().mark_area(opacity=0.25, color="#31688e").encode(x=x, y="low:Q", y2="high:Q")
    line = alt.Chart().mark_line(interpolate="step-after", color="#31688e").encode(x=x, y=came)
    diagonal = alt.Chart().mark_line(strokeDash=[4, 4], color="#999").encode(x=x, y=came)
    rows = [{**row, "is_curve": True} for row in data]
    rows += [{**corner, "is_curve": False} for corner in corners]
    layers = alt.layer(
        diagonal.transform_filter("!datum.is_curve"),
        band.transform_filter("datum.is_curve"),
        line.transform_filter("datum.is_curve"),
        data=alt.Data(values=rows),
    )
    return layers.properties(width=320, height=320).facet(column=alt.Column("who:N", title=None))
