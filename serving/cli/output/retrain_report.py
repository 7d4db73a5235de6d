"""A retrain's report in the terminal: the number's honesty first, then model against rulebook."""

from zoneinfo import ZoneInfo

from features.core.formats import (
    NUMBER_DECIMALS,
    amount,
    count,
    local_date,
    number,
    share,
    share_range,
    signed,
)
from serving.cli.output.comparison_report import show_comparison
from serving.cli.output.console import heading, say, table
from training.reports.calibration_text import calibration_reports_of_retrain
from training.reports.retrain_records import RetrainReport
from training.results.records import CutOff, Metrics, ReleaseCutOffs, ReliabilityBand


def show_retrain(report: RetrainReport, zone: ZoneInfo) -> None:
    """Print everything one retrain found and decided."""
    _show_counts(report, zone)
    _show_search(report)
    show_metrics(report.metrics)
    _show_opponents(report)
    show_reliability(report.metrics.reliability)
    show_cut_offs(report.cut_offs)
    show_comparison(report.comparison, zone)
    _show_audit(report)
    show_verdict(report)


def _show_counts(report: RetrainReport, zone: ZoneInfo) -> None:
    counts = report.counts
    until = f" known by {local_date(report.data_cutoff, zone).en}" if report.dated else ""
    heading(f"What the release learned from{until}")
    say(
        f"  {count(counts.n_leads).en} leads, {count(counts.n_events).en} events, "
        f"{count(counts.n_facts).en} facts"
    )
    say(
        f"  {count(counts.n_snapshots).en} snapshots: {count(counts.n_matured).en} matured, "
        f"{count(counts.n_censored).en} censored (their outcome is not yet known, not lost)"
    )
    when = "later in time" if report.dated else "held out"
    say(f"  trained on {count(counts.n_train).en}, tested on {count(counts.n_test).en} {when}")
    if not report.dated:
        say("  These data have no dates: nothing below is a forecast.")
    for note in report.notes:
        say(f"  {note.en}")


def _show_search(report: RetrainReport) -> None:
    tuned = report.tuned
    if tuned is None:
        return
    heading(f"The search for a better recipe: {count(tuned.n_trials).en} tried")
    say(
        f"  inner log loss {number(tuned.log_loss).en} at best, "
        f"{number(tuned.shipped_log_loss).en} as shipped; "
        f"difference {signed(tuned.difference, NUMBER_DECIMALS).en}"
    )
    if tuned.adopted:
        settings = ", ".join(f"{name} {value:.4g}" for name, value in vars(tuned.settings).items())
        say(f"  adopted, until recipe.json is deleted: {settings}")
    else:
        say("  not surely better, so the shipped recipe stays")


def show_metrics(metrics: Metrics) -> None:
    """Print the measures of the later-in-time test."""
    heading(
        f"How well it did on {count(metrics.n_snapshots).en} test snapshots of "
        f"{count(metrics.n_leads).en} leads ({count(metrics.n_converted).en} converted)"
    )
    rows = [
        (
            "log loss",
            number(metrics.log_loss).en,
            f"base rate alone {number(metrics.base_rate_log_loss).en}",
        ),
        ("gain over base rate", number(metrics.log_loss_gain).en, "above 0 is better"),
        ("Brier", number(metrics.brier).en, "lower is better"),
        ("AUC", number(metrics.auc).en, "0.5 is chance"),
        (
            "average precision",
            number(metrics.average_precision).en,
            f"chance {number(metrics.base_rate, 3).en}",
        ),
        ("calibration slope", number(metrics.calibration_slope).en, "1 is calibrated"),
        ("calibration intercept", number(metrics.calibration_intercept).en, "0 is calibrated"),
    ]
    table(("measure", "value (95% interval)", "read it as"), rows)


def show_reliability(bands: tuple[ReliabilityBand, ...]) -> None:
    """Print predicted and observed outcomes, by band of probability."""
    heading("Reliability by band: what was promised, what came")
    rows = [
        (
            share_range(found.low, found.high).en,
            count(found.n_snapshots).en,
            share(found.mean_probability).en,
            share(found.converted_share).en,
        )
        for found in bands
    ]
    table(("band", "snapshots", "promised", "converted (95% interval)"), rows)


def show_cut_offs(cut_offs: ReleaseCutOffs) -> None:
    """Print both cut-offs and what was expected of them."""
    heading("Cut-offs")
    for name, cut_off in (("MQL", cut_offs.mql), ("SQL candidate", cut_offs.sql)):
        say(f"  {name}: {_cut_off(cut_off)}")
        if cut_off.probability is not None and cut_off.why is not None:
            say(f"    {cut_off.why.en}")


def _cut_off(cut_off: CutOff) -> str:
    if cut_off.probability is None:
        return f"none ({cut_off.why.en})" if cut_off.why is not None else "none"
    text = f"probability {share(cut_off.probability).en} or more, by {cut_off.rule}"
    if cut_off.expected_per_month is not None:
        text += f"; about {count(cut_off.expected_per_month).en} leads a month"
    if cut_off.expected_precision is not None:
        text += f"; {share(cut_off.expected_precision).en} of them convert"
    if cut_off.expected_worth is not None:
        text += f"; each is worth {amount(cut_off.expected_worth).en} after its cost"
    return text


def _show_opponents(report: RetrainReport) -> None:
    for opponent in report.opponents:
        difference = (
            ""
            if opponent.difference is None
            else f", model {signed(opponent.difference, NUMBER_DECIMALS).en}"
        )
        say(f"  {opponent.label.en}: log loss {number(opponent.log_loss).en}{difference}")
    for name, proof in calibration_reports_of_retrain(report).items():
        error, slope = proof.calibration_error, proof.slope
        told = "" if slope is None else f"calibration slope {number(slope, 2).en}, "
        say(
            f"  {name}: {told}calibration error {number(error.value).en}, where chance alone gives "
            f"{number(error.by_chance).en}"
        )
    for found in report.crossings:
        say(
            f"  on the day of crossing {found.qualification.name}: "
            f"{count(found.n_crossed).en} leads, "
            f"promised {share(found.mean_probability).en}, came {share(found.converted_share).en}"
        )


def _show_audit(report: RetrainReport) -> None:
    if not report.audit:
        return
    heading("Leakage audit")
    for finding in report.audit:
        blocks = ", blocks promotion" if finding.blocks else ""
        say(f"  {finding.column} ({finding.severity}{blocks}): {finding.sentence.en}")
        if finding.advice is not None and finding.blocks:
            say(f"    {finding.advice.en}")


def show_verdict(report: RetrainReport) -> None:
    """Print every check of the gate and what was decided."""
    heading("Gate")
    marks = {True: "passed", False: "FAILED", None: "not asked"}
    for check in report.verdict.checks:
        say(f"  {marks[check.passed]}: {check.sentence.en}")
    if report.promoted:
        say(f"\nRelease {report.release_id} is the new champion.")
    elif report.champion_after == report.release_id:
        say(f"\nRelease {report.release_id} already is the champion; nothing changed.")
    else:
        champion = report.champion_after or "none yet"
        say(f"\nRelease {report.release_id} is refused; the champion stays: {champion}.")
