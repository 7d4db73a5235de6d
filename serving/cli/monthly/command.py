"""``awase monthly``: a month's work in one command; called again, it goes on where it stopped."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from features.core.clock import to_second
from features.core.errors import Refusal
from features.core.formats import local_minute
from features.crms import CRMS
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_cutoff
from serving.cli.monthly.month_record import (
    MonthRecord,
    StepResult,
    keep_record,
    only_one,
    read_record,
    request_of,
)
from serving.cli.monthly.month_report import STATES, STEPS, month_document
from serving.cli.monthly.steps import MonthSteps, Outcome
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, err, say, silence
from serving.cli.output.write_document import write_document
from serving.review.month import month_of, parse_month

app = typer.Typer(add_completion=False)


@app.command()
def monthly(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files to import first, or folders of files.", metavar="[FILE...]"),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="Mapping that says which column is which.",
            show_default="proposed from headers and values",
        ),
    ] = None,
    crm: Annotated[
        str | None, typer.Option(help=f"CRM to pull from first: {', '.join(CRMS)}.")
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(help="Month that ended, as 2026-03.", show_default="last month"),
    ] = None,
    data_cutoff: Annotated[
        str | None,
        typer.Option(
            "--data-cutoff",
            help="Instant up to which the tables are complete.",
            show_default="the end of that month",
        ),
    ] = None,
    no_hand_over: Annotated[
        bool, typer.Option("--no-hand-over", help="Decide and record, but hand nobody over.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Begin with the first step, whatever was done.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print only what somebody must look at; for cron.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Import, check, retrain, score, review, digest: a month's work, resumed where it stopped."""
    with silence() if quiet or json else nullcontext():
        place = open_workspace(workspace)
        zone = place.to_learn().definition.zone
        today = to_second(datetime.now(UTC))
        wanted = month_of(today, zone).earlier(1) if month is None else parse_month(month)
        asked = parse_cutoff(data_cutoff, zone)
        work = MonthSteps(
            place=place,
            month=wanted,
            data_cutoff=wanted.end(zone) if asked is None else asked,
            files=tuple(files or ()),
            mapping=mapping,
            crm=crm,
            hand_over=not no_hand_over,
        )
        record = run_month(work, again=again)
    if json:
        as_json(record)
    refused = record.refused
    if refused is not None:
        raise Refusal(refused.sentence.en)


def run_month(work: MonthSteps, *, again: bool = False) -> MonthRecord:
    """Make the steps of a month that are not made yet, and tell each.

    Parameters
    ----------
    work : MonthSteps
    again : bool
        Whether to begin with the first step, whatever was done.

    Raises
    ------
    LockHeld
        If another month is at work on the workspace, or another run on the store.
    """
    path = work.place.report_path(f"monthly-{work.month.name}.json")
    cutoff = local_minute(work.data_cutoff, work.zone).en
    with only_one(work.place):
        record = _begin(work, None if again else read_record(path))
        say(f"{work.month.label.en}, data cut-off {cutoff}")
        try:
            for name, make in work.by_name().items():
                if record.result_of(name) is None:
                    record = record.with_step(_made(name, make))
                    keep_record(path, record)
                _tell(record, name)
        except BaseException:
            _tell_stopped(record)
            raise
        finally:
            written = write_document(
                work.place, f"monthly-{work.month.name}", month_document(record, work.zone)
            )
    say(f"\nReport:  {written}")
    return record


def _begin(work: MonthSteps, kept: MonthRecord | None) -> MonthRecord:
    """The record to go on with: the kept one, if the same was asked and its data were enough."""
    words = (str(work.mapping), str(work.crm), str(work.hand_over))
    request = request_of(work.month.name, work.data_cutoff, inputs=words, files=list(work.files))
    # Data that stopped the check are imported or pulled anew: they may have come since.
    if kept is not None and kept.request == request and kept.result_of("check") is not None:
        return kept
    return MonthRecord(month=work.month.name, request=request, data_cutoff=work.data_cutoff)


def _made(name: str, make: Callable[[], Outcome]) -> StepResult:
    began = time.monotonic()
    state, sentence = make()
    return StepResult(
        name=name,
        state=state,
        sentence=sentence,
        ended_at=int(time.time()),
        seconds=round(time.monotonic() - began, 1),
    )


def _tell(record: MonthRecord, name: str) -> None:
    result = record.result_of(name)
    if result is not None:
        say(f"  {STEPS[name].en}: {STATES[result.state].en}. {result.sentence.en}")


def _tell_stopped(record: MonthRecord) -> None:
    kept = ", ".join(STEPS[step.name].en.lower() for step in record.steps)
    err.print(
        f"Stopped on the way; done and kept: {kept or 'nothing yet'}. The same command goes on "
        "from there.",
        markup=False,
    )
