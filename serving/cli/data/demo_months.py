"""Twelve months of the demo's company: a retrain at the end of each, and a world that changes.

The company goes on handing leads over by its rulebook; Awase runs beside it, as a firm would try
it: every month a retrain at that month's data cut-off, which moves the level of probabilities if
early outcomes say so, and where it is refused a look whether the champion's level has moved
(`awase recalibrate`); then every open lead scored and recorded, nobody handed
over. When the outcomes of a month's leads are known, predictions are compared with them.
"""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from features.core.clock import to_second
from features.core.errors import Refusal
from features.core.formats import calendar_date, share
from features.data_clock import clock_of
from features.history import History
from features.store.arrivals import known_until
from serving.cli.model.recalibrate import run_recalibrate
from serving.cli.model.retrain import run_retrain
from serving.cli.output.console import heading, say, steps, table
from serving.decisions.inspect.cohort_check import ScoredCohort, check_cohort
from serving.decisions.score_leads import score_leads
from serving.workspace.workspace import Workspace
from training.dataset.outcomes import OutcomesKnown
from training.reports.base_rate_text import level_notes
from training.reports.retrain_records import RetrainReport
from training.reports.retrain_report import one_line
from training.simulation.settings import CompanySettings

CHANGED_IN = 26
"""The month in which the world changes: the eighth retrain is the first to see it."""

CALM, CHANGED = "yes", "NO"


@dataclass(frozen=True, kw_only=True)
class MonthLived:
    """One month: its retrain, or why there was none to speak of, and what it decided.

    ``recalibrated`` is whether the champion was then moved to the level of the newest outcomes.
    """

    number: int
    report: "RetrainReport | None"
    refusal: str | None
    recalibrated: bool
    decisions: "pa.Table"


def live_through(
    place: Workspace, settings: CompanySettings, *, first_retrain: int
) -> tuple[MonthLived, ...]:
    """Retrain and score at the end of every month from one on.

    Parameters
    ----------
    place : Workspace
    settings : CompanySettings
    first_retrain : int
        Number of the month.
    """

    zone = place.definition().zone
    lived = []
    for number in range(first_retrain, settings.months + 1):
        start = settings.month(number)
        cutoff = to_second(datetime(start.year, start.month, start.day, tzinfo=zone))
        heading(f"Month {number}: retrain with what was known on {calendar_date(start).en}")
        report, refusal = None, None
        try:
            with steps() as step:
                report = run_retrain(place, cutoff, step)
        except Refusal as refused:
            refusal = str(refused)
        say(f"  {_decided(report, refusal)}")
        if report is not None:
            for note in level_notes(report.level):
                say(f"  level: {note.en}")
            for finding in report.drift:
                say(f"  drift: {finding.sentence.en}")
        recalibrated = (
            report is not None and not report.verdict.passed and _recalibrated(place, cutoff)
        )
        scored = score_leads(place, cutoff, hand_over=False)
        lived.append(
            MonthLived(
                number=number,
                report=report,
                refusal=refusal,
                recalibrated=recalibrated,
                decisions=scored.decisions,
            )
        )
    return tuple(lived)


def _recalibrated(place: "Workspace", cutoff: int) -> bool:

    with steps() as step:
        report = run_recalibrate(place, cutoff, step).report
    if report is None:
        say("  recalibrate: the level has not moved, nothing was changed")
        return False
    say(f"  {one_line(report)}")
    return report.promoted


def show_months(place: "Workspace", lived: tuple[MonthLived, ...]) -> None:
    """Print each month's retrain, its drift, and predicted against observed."""

    store, definition = place.store(), place.definition()
    tables = store.read_tables()
    history = History.from_tables(tables, definition)
    clock = clock_of(tables, definition, known_until=known_until(store))
    known = OutcomesKnown.of(tables, history, definition=definition, data_cutoff=clock.data_cutoff)
    rows = [_row(month, check_cohort(month.decisions, history, known)) for month in lived]
    heading("Month by month: the retrain, what moved, what was predicted and what was observed")
    table(
        ("month", "retrain", "drift", "predicted", "observed (95% interval)", "calibrated"),
        rows,
    )


def _decided(report: "RetrainReport | None", refusal: str | None) -> str:

    return one_line(report) if report is not None else f"refused: {refusal}"


def _row(month: MonthLived, cohort: "ScoredCohort | None") -> tuple[str, ...]:
    report = month.report
    if report is None:
        decided, moved = "refused", ""
    else:
        failed = ", ".join(c.name for c in report.verdict.checks if c.passed is False)
        decided = "promoted" if report.promoted else f"refused ({failed})"
        if report.promoted and report.level is not None and report.level.moved:
            decided += ", level moved"
        if month.recalibrated:
            decided += ", recalibrated"
        moved = ", ".join(finding.name for finding in report.drift)
    if cohort is None:
        return (str(month.number), decided, moved, "", "not known yet", "")
    observed = share(cohort.observed).en
    calibrated = CALM if cohort.is_calibrated else CHANGED
    return (str(month.number), decided, moved, share(cohort.predicted).en, observed, calibrated)
