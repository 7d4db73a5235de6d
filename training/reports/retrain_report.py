"""What a retrain found and decided, in words: for terminal and mail, the run's record, and MLflow.

The order is that of a reader's questions: what was decided and why, can the numbers be trusted, is
it better than the rulebook, what moved.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from features.core.formats import (
    NUMBER_DECIMALS,
    UNDEFINED,
    count,
    local_date,
    number,
    same,
    share,
    signed,
)
from features.core.text import Text
from training.reports.base_rate_text import level_moved
from training.reports.calibrator_section import calibrators_section
from training.reports.comparison_report import (
    comparison_sections,
    comparison_summary,
    segment_sections,
)
from training.reports.cutoff_sections import cut_offs_section
from training.reports.document import cells
from training.reports.document.blocks import Document, Section, Table, columns
from training.reports.metric_sections import (
    MODEL,
    calibration_section,
    metrics_section,
    reliability_section,
)
from training.reports.retrain_records import RetrainReport
from training.results.calibration_records import CalibrationReport

DECISION = "decision"
"""Name of the section that says what was decided."""

MARKS = {
    True: Text(ja="合格", en="passed"),
    False: Text(ja="不合格", en="FAILED"),
    None: Text(ja="対象外", en="not asked"),
}


def retrain_document(report: RetrainReport, zone: ZoneInfo) -> Document:
    """Write the report of a retrain as a document; its days are those of the zone."""
    sections = (
        decision_section(report),
        _data(report, zone),
        *_search(report),
        metrics_section(report.metrics, dated=report.dated, opponents=report.opponents),
        *calibration_section(_labelled_calibration(report)),
        *calibrators_section(report.calibrators),
        *reliability_section(report.metrics.reliability),
        cut_offs_section(report.cut_offs, zone),
        comparison_summary(report.comparison, zone),
        *comparison_sections(report.comparison, zone),
        *segment_sections(report.comparison),
        _moved(report),
    )
    title = Text(
        ja=f"再学習の報告: {report.release_id}", en=f"Report of a retrain: {report.release_id}"
    )
    return Document(title=title, zone=zone, sections=sections)


def decision_section(report: RetrainReport) -> Section:
    """Write what was decided, every check of the gate, and what the leakage audit found."""
    stays = report.champion_after
    if report.promoted:
        decided = Text(
            ja=f"リリース {report.release_id} は合格し、チャンピオンになりました。",
            en=f"Release {report.release_id} passed and is the new champion.",
        )
    elif stays == report.release_id:
        decided = Text(
            ja=f"リリース {stays} はすでにチャンピオンです。",
            en=f"Release {stays} already is the champion; nothing changed.",
        )
    else:
        decided = Text(
            ja=f"リリース {report.release_id} は不合格です。チャンピオンは {stays or 'なし'} のまま"
            "です。",
            en=f"Release {report.release_id} is refused; the champion stays: "
            f"{stays or 'none yet'}.",
        )
    lines = [decided, *report.notes]
    if report.recalibration is not None:
        lines.append(level_moved(report.recalibration))
    for check in report.verdict.checks:
        mark, said = MARKS[check.passed], check.sentence
        lines.append(Text(ja=f"{mark.ja}: {said.ja}", en=f"{mark.en}: {said.en}"))
    for finding in report.audit:
        lines.append(finding.sentence)
        if finding.blocks and finding.advice is not None:
            lines.append(finding.advice)
    heading = Text(ja="決定", en="Decision")
    return Section(name=DECISION, heading=heading, lines=tuple(lines))


def calibration_reports_of_retrain(report: RetrainReport) -> dict[str, CalibrationReport]:
    """Calibration reports of the tested fit and of each baseline on the same rows, by name."""
    found = {MODEL: report.proof} | {o.name: o.proof for o in report.opponents}
    return {name: one for name, one in found.items() if one is not None}


def one_line(report: RetrainReport) -> str:
    """The run in one line, for a log or an alert."""
    if report.promoted:
        decided = f"promoted {report.release_id}"
    elif report.verdict.passed:
        decided = f"unchanged {report.release_id}"
    else:
        failed = ", ".join(c.name for c in report.verdict.checks if c.passed is False)
        decided = f"refused {report.release_id} ({failed})"
    run = "retrain" if report.recalibration is None else "recalibrate"
    metrics = report.metrics
    return (
        f"{run} {decided}; champion {report.champion_after or 'none'}; "
        f"log loss {number(metrics.log_loss.value).en} against "
        f"{number(metrics.base_rate_log_loss).en}; "
        f"drift findings {len(report.drift)}"
    )


def _labelled_calibration(report: RetrainReport) -> dict[Text, CalibrationReport]:
    labels = {MODEL: Text(ja="モデル", en="model")} | {o.name: o.label for o in report.opponents}
    found = calibration_reports_of_retrain(report)
    return {labels[name]: one for name, one in found.items()}


def _search(report: RetrainReport) -> Iterator[Section]:
    """What a search for better hyperparameters found; nothing where there was none."""
    tuned = report.tuned
    if tuned is None:
        return
    best, shipped = number(tuned.log_loss), number(tuned.shipped_log_loss)
    difference = signed(tuned.difference, NUMBER_DECIMALS)
    lines = [
        Text(
            ja=f"学習期間の中での対数損失は最良で{best.ja}、既定で{shipped.ja}、差は{difference.ja}。",
            en=f"Inner log loss {best.en} at best, {shipped.en} as shipped; difference "
            f"{difference.en}.",
        )
    ]
    if tuned.adopted:
        settings = ", ".join(f"{name} {value:.4g}" for name, value in vars(tuned.settings).items())
        lines.append(
            Text(
                ja=f"recipe.json を消すまで採用: {settings}",
                en=f"Adopted, until recipe.json is deleted: {settings}",
            )
        )
    else:
        lines.append(
            Text(
                ja="確かに良いとは言えないため、既定のままです。",
                en="Not surely better, so the shipped hyperparameters stay.",
            )
        )
    heading = Text(
        ja=f"ハイパーパラメーターの探索: {tuned.n_trials:,}通り",
        en=f"The search for better hyperparameters: {tuned.n_trials:,} tried",
    )
    yield Section(name="search", heading=heading, lines=tuple(lines))


def _moved(report: RetrainReport) -> Section:
    lines = [finding.sentence for finding in report.drift]
    if not lines:
        lines = [Text(ja="目立った変化はありません。", en="Nothing moved that matters.")]
    expected = report.expected
    if expected is not None:
        rate, loss = share(expected.conversion_rate), number(expected.log_loss)
        lines.append(
            Text(
                ja=f"未成熟の{expected.n_snapshots:,}件では成果率{rate.ja}、対数損失{loss.ja}が"
                "見込まれます。",
                en=f"Of {expected.n_snapshots:,} snapshots not yet matured {rate.en} are expected "
                f"to convert, with a log loss of {loss.en}.",
            )
        )
    return Section(name="drift", heading=Text(ja="変化", en="What moved"), lines=tuple(lines))


def _data(report: RetrainReport, zone: ZoneInfo) -> Section:
    counts = report.counts
    until = local_date(report.data_cutoff, zone) if report.dated else same(UNDEFINED)
    figures = (
        (Text(ja="リード", en="Leads"), counts.n_leads),
        (Text(ja="行動", en="Events"), counts.n_events),
        (Text(ja="情報", en="Facts"), counts.n_facts),
        (Text(ja="スナップショット", en="Snapshots"), counts.n_snapshots),
        (Text(ja="成熟", en="Matured"), counts.n_matured),
        (
            Text(ja="未確定(失注ではない)", en="Censored (not yet known, not lost)"),
            counts.n_censored,
        ),
        (
            Text(ja="うち見込みで学習", en="of these learned from by their chance to convert"),
            counts.n_young,
        ),
        (Text(ja="学習", en="Trained on"), counts.n_train),
        (
            Text(ja="検証", en="Tested on, later in time")
            if report.dated
            else Text(ja="検証(取り置き)", en="Tested on, held out"),
            counts.n_test,
        ),
    )
    rows = (
        cells.row(Text(ja="データの締め", en="Data cut-off"), cells.word(until)),
        *(cells.row(name, cells.cell(count(n))) for name, n in figures),
    )
    labels = (Text(ja="項目", en="What"), Text(ja="値", en="Value"))
    table = Table(columns=columns(*labels), rows=rows)
    heading = Text(ja="学習したデータ", en="What the release learned from")
    return Section(name="data", heading=heading, tables=(table,))
