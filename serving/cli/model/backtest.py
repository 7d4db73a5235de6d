"""``awase backtest``: each past month as it would have been."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.core.formats import count, local_month, number, share
from serving.cli.agreement import open_workspace
from serving.cli.options import JsonOption, WorkspaceOption, parse_instant
from serving.cli.output.console import as_json, heading, say, steps, table
from serving.cli.output.retrain_report import show_metrics, show_reliability
from training.dataset.dataset import load_dataset
from training.evaluation.backtest import backtest as judge_months
from training.reports.backtest_report import calibration_reports_of
from training.reports.calibration_text import COLUMNS, HOW_TO_READ, calibration_cells
from training.reports.comparison_text import QUALIFICATION_WORDS
from training.results.backtest_records import Backtest
from training.results_store import keep_backtest
from training.tracking.mlflow_backtest import backtest_documents, log_backtest

app = typer.Typer(add_completion=False)


@app.command()
def backtest(
    first: Annotated[str | None, typer.Option("--from", help="First month, as 2026-01-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last month, as 2026-03-01.")] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Judge each past month by a fit on what had matured when it began."""

    place = open_workspace(workspace)
    definition = place.to_learn().definition
    store = place.store()
    dataset = load_dataset(store, definition, data_cutoff=None, seed=place.seed)
    with steps() as step:
        found = judge_months(
            dataset,
            first=None if first is None else parse_instant(first, definition.zone),
            last=None if last is None else parse_instant(last, definition.zone),
            progress=lambda done, total: step("judging months", done, total),
        )
    # The monthly review shows these months beside those the ledger has decisions of.
    keep_backtest(store, found)
    documents = backtest_documents(found, definition)
    for name, text in documents.items():
        place.report_path(name).write_text(text, encoding="utf-8")
    log_backtest(found, place.tracking_uri, documents=documents, zone=definition.zone)
    if json:
        as_json(found)
        return
    _show_months(found, definition.zone)
    show_metrics(found.metrics)
    show_reliability(found.metrics.reliability)
    _show_proof(found)
    _show_crossings(found)
    _show_segments(found)
    say(f"\nReport:  {place.report_path('backtest.en.html')} (and .ja, .md; also in MLflow)")


def _show_months(found: "Backtest", zone: "ZoneInfo") -> None:
    heading("Each month, judged by a fit on what had matured when it began")
    rows = [
        (
            local_month(month.start, zone).en,
            count(month.n_train).en,
            count(month.n_snapshots).en,
            share(month.mean_probability).en,
            share(month.n_converted / month.n_snapshots).en,
            number(month.log_loss).en,
            number(month.logistic_log_loss).en,
            number(month.base_rate_log_loss).en,
        )
        for month in found.months
    ]
    columns = ("month", "trained on", "judged", "promised", "came", "log loss", "logistic", "base")
    table(columns, rows)
    for start, reason in found.skipped:
        say(f"  {local_month(start, zone).en} skipped: {reason.en}")


def _show_proof(found: "Backtest") -> None:

    heading("Do probabilities hold: the model, and the opponents on the same snapshots")
    rows = [
        (name, *calibration_cells(proof, "en"))
        for name, proof in calibration_reports_of(found).items()
    ]
    table(tuple(column.en for column in COLUMNS), rows)
    say(f"  {HOW_TO_READ.en}")


def _show_crossings(found: "Backtest") -> None:
    heading("Where decisions fall: leads at the moment they first cross a cut-off")
    rows = [
        (
            QUALIFICATION_WORDS[crossing.qualification].en,
            count(crossing.n_crossed).en,
            share(crossing.mean_probability).en,
            share(crossing.converted_share).en,
            share(crossing.crossed_range_held).en,
            share(crossing.converted_range_held).en,
        )
        for crossing in found.crossings
    ]
    columns = ("", "crossed", "promised", "came", "volume range held", "outcome range held")
    table(columns, rows)


def _show_segments(found: "Backtest") -> None:
    off = [segment for segment in found.segments if segment.is_off]
    heading(f"Segments: {count(len(found.segments)).en} looked at, {count(len(off)).en} off")
    for segment in off:
        say(
            f"  {segment.attribute} = {segment.value}: "
            f"promised {share(segment.mean_probability).en}, "
            f"came {share(segment.converted_share).en} ({count(segment.n_snapshots).en} snapshots)"
        )
