"""What a backtest found: overall, where decisions fall, month by month, by segment."""

from zoneinfo import ZoneInfo

from features.core.formats import count, local_month, share
from features.core.qualification import Qualification
from features.core.text import Language, Text
from training.reports.calibration_text import HOW_TO_READ, MODEL, calibration_table
from training.reports.charts import reliability as charts
from training.reports.charts.calibration import curve_points, draw_curves
from training.reports.document import Document, Section, Table
from training.results.backtest_records import Backtest
from training.results.calibration_records import CalibrationReport

_SHOWN = {
    Qualification.MQL: Text(ja="MQL", en="MQL"),
    Qualification.SQL: Text(ja="SQL候補", en="SQL candidate"),
}
_LABELS = {
    MODEL: Text(ja="モデル", en="Model"),
    "logistic": Text(ja="ロジスティック回帰", en="Logistic regression"),
    "base_rate": Text(ja="基準率", en="Base rate"),
}


def calibration_reports_of(found: Backtest) -> dict[str, CalibrationReport]:
    """Calibration reports over all months: the model's, then each baseline's on the same rows."""
    calibration_reports = {MODEL: found.proof} | {o.name: o.proof for o in found.opponents}
    return {name: proof for name, proof in calibration_reports.items() if proof is not None}


def drawings_of(found: Backtest) -> dict[str, object]:
    """Charts by name."""
    shown = {_LABELS[name].en: proof for name, proof in calibration_reports_of(found).items()}
    return {
        "reliability": charts.draw_reliability(charts.reliability_points(found.metrics)),
        "reliability_curve": draw_curves(curve_points(shown)),
    }


def backtest_document(
    found: Backtest, *, zone: ZoneInfo, language: Language, drawn: bool = True
) -> Document:
    """Write the report of a backtest as a document.

    Parameters
    ----------
    found : Backtest
    zone : ZoneInfo
        In which months are told.
    language : Language
    drawn : bool
        Whether to draw charts, which takes a second.
    """

    def words(ja: str, en: str) -> str:
        return Text(ja=ja, en=en).read(language)

    def month_of(start: int) -> str:
        return local_month(start, zone).read(language)

    overall = {
        _LABELS[name].read(language): proof for name, proof in calibration_reports_of(found).items()
    }
    by_month = {}
    for month in found.months:
        for name, proof in ((MODEL, month.proof), ("logistic", month.logistic_proof)):
            if proof is not None:
                by_month[f"{month_of(month.start)} {_LABELS[name].read(language)}"] = proof
    by_segment = {
        f"{s.attribute}: {s.value}{words('(ずれあり)', ' (off)') if s.is_off else ''}": s.proof
        for s in found.segments
        if s.proof is not None
    }
    drawings = tuple(charts.as_svg(chart) for chart in drawings_of(found).values()) if drawn else ()
    sections = (
        Section(
            heading=words("確率は実際と合うか(全期間)", "Do probabilities hold, all months"),
            lines=(HOW_TO_READ.read(language),),
            table=calibration_table(overall, language),
            drawings=drawings,
        ),
        _crossings(found, language),
        Section(heading=words("月ごと", "By month"), table=calibration_table(by_month, language)),
        Section(
            heading=words("セグメントごと", "By segment"),
            table=calibration_table(by_segment, language),
        ),
    )
    return Document(title=words("バックテスト", "Backtest"), language=language, sections=sections)


def _crossings(found: Backtest, language: Language) -> Section:
    columns = (
        Text(ja="", en=""),
        Text(ja="初めて基準に達したリード", en="First crossings"),
        Text(ja="予測", en="Promised"),
        Text(ja="実績(95%区間)", en="Came (95% interval)"),
    )
    rows = []
    for check in found.crossings:
        figures = (
            count(check.n_crossed),
            share(check.mean_probability),
            share(check.converted_share),
        )
        told = tuple(figure.read(language) for figure in figures)
        rows.append((_SHOWN[check.qualification].read(language), *told))
    heading = Text(
        ja="判断の瞬間: 基準に初めて達した時点", en="Where decisions fall: the moment of crossing"
    )
    table = Table(columns=tuple(c.read(language) for c in columns), rows=tuple(rows))
    return Section(heading=heading.read(language), table=table)
