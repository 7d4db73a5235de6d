"""What a backtest found: month by month, overall, where decisions fall, by segment."""

from zoneinfo import ZoneInfo

from features.core.formats import local_month
from features.core.text import Text
from features.definition import LeadDefinition
from training.dataset.segments import segment_name
from training.reports.comparison_text import QUALIFICATION_WORDS
from training.reports.document import cells
from training.reports.document.blocks import BLANK, Document, Section, Table, columns
from training.reports.metric_sections import (
    MODEL,
    OBSERVED,
    PREDICTED,
    SNAPSHOTS,
    calibration_section,
    calibration_table,
    metrics_section,
    reliability_section,
)
from training.results.backtest_records import Backtest
from training.results.calibration_records import CalibrationReport

_LABELS = {
    MODEL: Text(ja="モデル", en="Model"),
    "logistic": Text(ja="ロジスティック回帰", en="Logistic regression"),
    "base_rate": Text(ja="基準率", en="Base rate"),
}


def calibration_reports_of(found: Backtest) -> dict[str, CalibrationReport]:
    """Calibration reports over all months: the model's, then each baseline's on the same rows."""
    calibration_reports = {MODEL: found.proof} | {o.name: o.proof for o in found.opponents}
    return {name: proof for name, proof in calibration_reports.items() if proof is not None}


def backtest_document(found: Backtest, definition: LeadDefinition) -> Document:
    """Write the report of a backtest as a document; its months are those of its zone."""
    zone = definition.zone
    overall = {_LABELS[name]: proof for name, proof in calibration_reports_of(found).items()}
    return Document(
        title=Text(ja="バックテスト", en="Backtest"),
        zone=zone,
        sections=(
            _months(found, zone),
            metrics_section(found.metrics),
            *calibration_section(overall),
            *reliability_section(found.metrics.reliability),
            _crossings(found),
            _by_month(found, zone),
            _segments(found, definition),
        ),
    )


def _months(found: Backtest, zone: ZoneInfo) -> Section:
    rows = tuple(
        cells.row(
            local_month(month.start, zone),
            cells.count(month.n_train),
            cells.count(month.n_snapshots),
            cells.share(month.mean_probability),
            cells.share(month.n_converted / month.n_snapshots),
            cells.number(month.log_loss),
            cells.number(month.logistic_log_loss),
            cells.number(month.base_rate_log_loss),
        )
        for month in found.months
    )
    skipped = []
    for start, reason in found.skipped:
        month = local_month(start, zone)
        skipped.append(
            Text(ja=f"{month.ja}は対象外: {reason.ja}", en=f"{month.en} skipped: {reason.en}")
        )
    labels = (
        Text(ja="月", en="Month"),
        Text(ja="学習", en="Trained on"),
        Text(ja="判定", en="Scored"),
        PREDICTED,
        Text(ja="実績", en="Observed"),
        Text(ja="対数損失", en="Log loss"),
        Text(ja="ロジスティック回帰", en="Logistic"),
        Text(ja="基準率", en="Base rate"),
    )
    heading = Text(
        ja="月ごと: その月の初めまでに確定した成果から学習した結果",
        en="Each month, scored by a fit on what had matured when it began",
    )
    table = Table(columns=columns(*labels), rows=rows)
    return Section(name="months", heading=heading, lines=tuple(skipped), tables=(table,))


def _crossings(found: Backtest) -> Section:
    labels = (
        BLANK,
        Text(ja="初めて基準に達したリード", en="First crossings"),
        PREDICTED,
        OBSERVED,
        Text(ja="件数が範囲内", en="Volume range held"),
        Text(ja="成果が範囲内", en="Outcome range held"),
    )
    rows = tuple(
        cells.row(
            QUALIFICATION_WORDS[check.qualification],
            cells.count(check.n_crossed),
            cells.share(check.mean_probability),
            cells.share(check.converted_share),
            cells.share(check.crossed_range_held),
            cells.share(check.converted_range_held),
        )
        for check in found.crossings
    )
    heading = Text(
        ja="判断の瞬間: 基準に初めて達した時点", en="Where decisions fall: the moment of crossing"
    )
    table = Table(columns=columns(*labels), rows=rows)
    return Section(name="crossings", heading=heading, tables=(table,))


def _by_month(found: Backtest, zone: ZoneInfo) -> Section:
    reports = {}
    for month in found.months:
        start = local_month(month.start, zone)
        for name, proof in ((MODEL, month.proof), ("logistic", month.logistic_proof)):
            if proof is not None:
                label = _LABELS[name]
                named = Text(ja=f"{start.ja} {label.ja}", en=f"{start.en} {label.en}")
                reports[named] = proof
    heading = Text(ja="較正、月ごと", en="Calibration by month")
    return Section(name="by-month", heading=heading, tables=(calibration_table(reports),))


def _segments(found: Backtest, definition: LeadDefinition) -> Section:
    """Segments whose probabilities are off, then every segment's calibration."""
    off = [segment for segment in found.segments if segment.is_off]
    reports = {
        segment_name(definition, segment.attribute, segment.value): segment.proof
        for segment in found.segments
        if segment.proof is not None
    }
    rows = tuple(
        cells.row(
            segment_name(definition, segment.attribute, segment.value),
            cells.count(segment.n_snapshots),
            cells.share(segment.mean_probability),
            cells.share(segment.converted_share),
        )
        for segment in off
    )
    labels = (Text(ja="セグメント", en="Segment"), SNAPSHOTS, PREDICTED, OBSERVED)
    title = Text(ja="ずれのあるセグメント", en="Segments that are off")
    wrong = (Table(title=title, columns=columns(*labels), rows=rows),) if rows else ()
    told = Text(
        ja=f"{len(found.segments):,}のセグメントのうち、ずれがあるのは{len(off):,}。",
        en=f"Of {len(found.segments):,} segments looked at {len(off):,} are off.",
    )
    heading = Text(ja="セグメントごと", en="By segment")
    tables = (*wrong, calibration_table(reports))
    return Section(name="segments", heading=heading, lines=(told,), tables=tables)
