"""How good probabilities are, as sections of a document: measures, bands, curves, cut-offs.

The retrain's report, the backtest, the model card, ``awase evaluate`` and ``awase release`` say
these the same way.
"""

from collections.abc import Iterator, Mapping, Sequence

from features.core.estimate import Measured
from features.core.formats import (
    NUMBER_DECIMALS,
    share,
    share_range,
    signed,
)
from features.core.text import Text
from training.metrics.metrics import METRICS, Metric
from training.reports.document import cells
from training.reports.document.blocks import BLANK, Chart, Column, Row, Section, Table, columns
from training.results.calibration_records import CalibrationReport
from training.results.records import (
    BaselineResult,
    Metrics,
    ReliabilityBand,
)

MODEL = "model"
BAND = Text(ja="確率の帯", en="Band")
SNAPSHOTS = Text(ja="件数", en="Snapshots")
PREDICTED = Text(ja="予測", en="Predicted")
OBSERVED = Text(ja="実績(95%区間)", en="Observed (95% interval)")

HOW_TO_READ = Text(
    ja="較正誤差は、確率が真実でも偶然に生じる値(右隣)と比べて読みます。"
    "対数損失 = 較正のずれ − 識別 + 不確実性。",
    en="Read the calibration error beside what chance alone would show were every probability "
    "true. Log loss = miscalibration - discrimination + uncertainty.",
)


def sample_words(metrics: Metrics, *, dated: bool = True) -> Text:
    """Say on how many snapshots of how many leads measures were taken.

    Parameters
    ----------
    metrics : Metrics
    dated : bool
        Whether those snapshots are later than all that was learned from.
    """
    if not dated:
        return Text(
            ja="このデータには日付がありません。以下は予測の検証ではありません。",
            en="These data have no dates: nothing below is a forecast.",
        )
    return Text(
        ja=f"学習より後の{metrics.n_snapshots:,}件(リード{metrics.n_leads:,}件、"
        f"成果{metrics.n_converted:,}件)で確かめました。",
        en=f"Measured on {metrics.n_snapshots:,} later snapshots of {metrics.n_leads:,} leads, of "
        f"which {metrics.n_converted:,} converted.",
    )


def metrics_table(metrics: Metrics, opponents: Sequence[BaselineResult] = ()) -> Table:
    """Make a table with one row for each measure, and the log loss of each baseline.

    Parameters
    ----------
    metrics : Metrics
    opponents : sequence of BaselineResult
        Baselines on the same snapshots.
    """
    rows = [
        cells.row(metric.label, cells.number(figure), reading_of(metric))
        for name, metric in METRICS.items()
        if (figure := metrics.figure(name)) is not None
    ]
    base = Text(ja="基準率だけの対数損失", en="Log loss of the base rate alone")
    rows.append(cells.row(base, cells.number(metrics.base_rate_log_loss), BLANK))
    rows += [_opponent_row(opponent) for opponent in opponents]
    named = columns(
        Text(ja="指標", en="Measure"), Text(ja="値(95%区間)", en="Value (95% interval)")
    )
    reading = Column(label=Text(ja="読み方", en="Read it as"), is_words=True)
    return Table(columns=(*named, reading), rows=tuple(rows))


def metrics_section(
    metrics: Metrics, *, dated: bool = True, opponents: Sequence[BaselineResult] = ()
) -> Section:
    """Write the measures of a test.

    Parameters
    ----------
    metrics : Metrics
    dated : bool
        Whether the tested snapshots are later than all that was learned from.
    opponents : sequence of BaselineResult
        Baselines on the same snapshots.
    """
    return Section(
        name="metrics",
        heading=Text(ja="数値は信頼できるか", en="Can the numbers be trusted"),
        lines=(sample_words(metrics, dated=dated),),
        tables=(metrics_table(metrics, opponents),),
    )


def reliability_section(bands: Sequence[ReliabilityBand]) -> Iterator[Section]:
    """Write predicted beside observed shares, band by band; nothing of no bands."""
    if not bands:
        return
    rows = tuple(
        Row(
            cells=(
                cells.word(share_range(band.low, band.high)),
                cells.count(band.n_snapshots),
                cells.share(band.mean_probability),
                cells.share(band.converted_share),
            )
        )
        for band in bands
    )
    heading = Text(ja="確率の帯ごとの予測と実績", en="Predicted and observed, by band")
    chart = Chart(
        kind="reliability",
        title=Text(ja="予測(縦線)と実績(点)", en="Predicted (tick) and observed (dot)"),
        columns=(2, 3),
    )
    labels = (BAND, SNAPSHOTS, PREDICTED, OBSERVED)
    table = Table(columns=columns(*labels), rows=rows, charts=(chart,))
    yield Section(name="reliability", heading=heading, tables=(table,))


def calibration_section(reports: Mapping[Text, CalibrationReport]) -> Iterator[Section]:
    """Write calibration reports side by side, with a curve each; nothing of no reports."""
    if not reports:
        return
    yield Section(
        name="calibration",
        heading=Text(ja="確率は実際と合うか", en="Do probabilities hold"),
        lines=(HOW_TO_READ,),
        tables=(
            calibration_table(reports),
            *(_curve(name, found) for name, found in reports.items() if len(found.curve) > 1),
        ),
    )


def calibration_table(
    reports: Mapping[Text, CalibrationReport], title: Text | None = None
) -> Table:
    """Make a table with one row for each named calibration report.

    Parameters
    ----------
    reports : mapping from Text to CalibrationReport
    title : Text, optional
    """
    labels = (
        BLANK,
        SNAPSHOTS,
        Text(ja="成果", en="Converted"),
        Text(ja="傾き(1が正確)", en="Slope (1 is right)"),
        Text(ja="ずれ(0が正確)", en="Shift (0 is right)"),
        Text(ja="較正誤差", en="Calibration error"),
        Text(ja="偶然だけの較正誤差", en="By chance alone"),
        Text(ja="較正のずれ", en="Miscalibration"),
        Text(ja="識別", en="Discrimination"),
        Text(ja="不確実性", en="Uncertainty"),
    )
    rows = tuple(_calibration_row(name, report) for name, report in reports.items())
    return Table(title=title, columns=columns(*labels), rows=rows)


def calibration_values(report: CalibrationReport, prefix: str = "") -> dict[str, float]:
    """Flatten a calibration report into figures by name, for MLflow.

    Parameters
    ----------
    report : CalibrationReport
    prefix : str
        Goes before every name.
    """
    values = {
        "expected_calibration_error": report.calibration_error.value,
        "expected_calibration_error_by_chance": report.calibration_error.by_chance,
        "miscalibration": report.decomposition.miscalibration,
        "discrimination": report.decomposition.discrimination,
        "uncertainty": report.decomposition.uncertainty,
    }
    for name, figure in (("slope", report.slope), ("intercept", report.intercept)):
        if figure is not None:
            values[f"calibration_{name}"] = figure.value
    return {f"{prefix}{name}": value for name, value in values.items()}


def reading_of(metric: Metric) -> Text:
    """Say which way a measure is better."""
    if metric.ideal is not None:
        return Text(ja=f"{metric.ideal:g}が正確", en=f"{metric.ideal:g} is right")
    if metric.bigger_is_better:
        return Text(ja="大きいほど良い", en="higher is better")
    return Text(ja="小さいほど良い", en="lower is better")


def _opponent_row(opponent: BaselineResult) -> Row:
    label = opponent.label
    told = BLANK
    if opponent.difference is not None:
        difference = signed(opponent.difference, NUMBER_DECIMALS)
        told = Text(ja=f"モデルは {difference.ja}", en=f"model {difference.en}")
    named = Text(ja=f"対数損失: {label.ja}", en=f"Log loss: {label.en}")
    return cells.row(named, cells.number(opponent.log_loss), told)


def _calibration_row(name: Text, report: CalibrationReport) -> Row:
    error, parts = report.calibration_error, report.decomposition
    return cells.row(
        name,
        cells.count(report.n_snapshots),
        cells.count(report.n_converted),
        cells.number(report.slope, 2),
        cells.number(report.intercept, 2),
        cells.number(error.value),
        cells.number(error.by_chance),
        cells.number(parts.miscalibration),
        cells.number(parts.discrimination),
        cells.number(parts.uncertainty),
    )


def _curve(name: Text, report: CalibrationReport) -> Table:
    """A reliability curve with the ground that true probabilities would stay on."""
    title = Text(
        ja=f"{name.ja}: 予測と実績(地の色は偶然の範囲)",
        en=f"{name.en}: observed by predicted, and where chance alone would stay",
    )
    rows = tuple(
        Row(
            cells=(
                cells.share(point.probability),
                cells.cell(
                    share(Measured(value=point.converted_share, low=point.low, high=point.high))
                ),
            )
        )
        for point in report.curve
    )
    return Table(
        columns=columns(PREDICTED, Text(ja="実績", en="Observed"), n_words=0),
        rows=rows,
        charts=(Chart(kind="curve", title=title, columns=(0, 1)),),
        is_folded=True,
    )
