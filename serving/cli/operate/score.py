"""``awase score``: qualification, probability and points of every open lead."""

import getpass
from collections import Counter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import pyarrow.parquet as arrow_parquet
import typer

from features.core.atomic_folder import whole_file
from features.core.clock import to_second
from features.core.formats import UNDEFINED, count, local_minute, share
from features.core.guarded_csv import write_guarded_csv
from serving.cli.agreement import open_workspace
from serving.cli.instants import parse_instant
from serving.cli.options import TABLES, ClusterOption, JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, heading, say, steps, table
from serving.cli.output.data_clock import show_age
from serving.decisions.score_leads import ScoringRun, score_leads
from serving.decisions.scoring_runs import ListedRun, list_scoring_runs, undo_scoring
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)

WHOLE_RUN = "Decisions are written all at once; `awase score --runs` says whether they were."


@app.command()
def score(
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Instant to look from: 2026-04-01, 2026-04-01T09:00+09:00 or now.",
            show_default="how far the tables reach",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help=f"File to write as well: {' or '.join(TABLES)}.", callback=ends_in(*TABLES)
        ),
    ] = None,
    no_hand_over: Annotated[
        bool,
        typer.Option(
            "--no-hand-over",
            help="Decide and record, but hand nobody over: to try Awase beside what does so today.",
        ),
    ] = False,
    runs: Annotated[
        bool, typer.Option("--runs", help="List scoring runs, newest first, instead.")
    ] = False,
    undo: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Take back a scoring run instead (see --runs): its decisions go, hand-overs stay.",
        ),
    ] = None,
    cluster: ClusterOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Decide about every open lead and write it to the ledger."""

    if runs or undo is not None:
        manage_runs(open_workspace(workspace), undo, json=json)
        return
    place = open_workspace(workspace)
    zone = place.definition().zone
    moment = None if as_of is None else parse_instant(as_of, zone)
    with steps(WHOLE_RUN) as step:
        scored = score_leads(
            place, moment, hand_over=not no_hand_over, cluster=cluster, progress=step
        )
    if output is not None:
        write_predictions(scored, output)
    if json:
        as_json(scored.predictions.to_pylist())
        return
    show_scored(scored, zone)
    if output is not None:
        say(f"\n{count(len(scored.decisions)).en} rows written to {output}")


def manage_runs(place: Workspace, undo: str | None, *, json: bool) -> None:
    """Undo a scoring run, or list all of them.

    Parameters
    ----------
    place : Workspace
    undo : str or None
        Id of the run to undo, or a beginning that only one has; None lists the runs.
    json : bool
        Whether to print JSON and not words.
    """
    store, definition = place.store(), place.definition()
    if undo is not None:
        undone = undo_scoring(store, definition, undo, by=getpass.getuser())
        if json:
            as_json(undone)
            return
        as_of = local_minute(to_second(undone.as_of), definition.zone).en
        say(
            f"Run {undone.run_id} is taken back: {count(undone.n_decisions).en} decisions as of "
            f"{as_of} are gone; leads stand where the decision before put them. "
            f"{count(undone.n_hand_overs).en} hand-overs of that instant stay."
        )
        return
    listed = list_scoring_runs(store)
    if json:
        as_json(listed)
        return
    if not listed:
        say("No scoring run has finished yet. Make one with `awase score`.")
        return
    table(
        ("run", "finished (UTC)", "by", "as of", "leads", "handed over", ""),
        [_run_row(run, definition.zone) for run in listed],
    )


def _run_row(run: ListedRun, zone: ZoneInfo) -> tuple[str, ...]:
    detail = run.detail
    start = (run.run_id[:12], f"{run.finished_at:%Y-%m-%d %H:%M}", run.by)
    if detail is None:
        return (*start, UNDEFINED, UNDEFINED, UNDEFINED, "")
    taken_back = "" if detail.undone_at is None else f"taken back by {detail.undone_by}"
    return (
        *start,
        local_minute(detail.as_of, zone).en,
        count(detail.n_leads).en,
        count(detail.n_handed_over).en,
        taken_back,
    )


def write_predictions(scored: "ScoringRun", path: Path) -> None:
    """Write what was decided to a CSV or Parquet file, by its ending."""
    if path.suffix.lower() == ".csv":
        write_guarded_csv(scored.predictions, path)
    else:
        with whole_file(path) as stream:
            arrow_parquet.write_table(scored.predictions, stream)


COUNTED = (
    ("MQL, SQL candidates included", ("MQL", "SQL")),
    ("of these SQL candidates", ("SQL",)),
    ("not yet MQL", ("NONE",)),
)
"""Whom each row of the table counts: an MQL is whoever reached the MQL cut-off, as in reports."""


def show_scored(scored: "ScoringRun", zone: "ZoneInfo") -> None:
    """Print how many leads reached which qualification, by the model and by the rulebook."""
    predictions = scored.predictions.to_pandas()
    by = f"release {scored.release_id}" if scored.release_id else "the rulebook: no champion yet"
    if scored.suspended is not None:
        by = f"the rulebook: release {scored.suspended.release_id} is suspended"
    heading(
        f"{count(len(predictions)).en} open leads as of {local_minute(scored.as_of, zone).en}, "
        f"scored by {by}"
    )
    show_age(scored.clock, zone, as_of=scored.as_of)
    if scored.suspended is not None:
        say(f"  {scored.suspended.sentence.en}")
    model = Counter(predictions["qualification"])
    rulebook = Counter(predictions["rulebook_qualification"])
    rows = []
    for shown, names in COUNTED:
        chosen = predictions.loc[predictions["qualification"].isin(names), "probability"]
        mean = None if chosen.empty or chosen.isna().any() else float(chosen.mean())
        by_model, by_rules = (sum(counted[n] for n in names) for counted in (model, rulebook))
        rows.append((shown, count(by_model).en, share(mean).en, count(by_rules).en))
    table(("qualification", "leads", "mean probability", "by the rulebook"), rows)
    _show_steps(scored)


def _show_steps(scored: "ScoringRun") -> None:
    """Print what followed: hand-overs, leads that rose, leads that wait."""
    if scored.looks_back:
        say("A look back: nothing is written and nobody is handed over.")
        return
    if scored.steps is None:
        say("Nobody is handed over.")
        return
    steps = scored.steps
    explored = len(steps.explored)
    parts = [f"{count(len(steps.opened) - explored).en} handed over to sales now"]
    if explored:
        parts.append(f"{count(explored).en} below the cut-off at random")
    if steps.risen:
        parts.append(f"{count(len(steps.risen)).en} rose to SQL candidate")
    if steps.waiting:
        waiting = count(len(steps.waiting)).en
        parts.append(f"{waiting} wait, as this month's capacity is used up")
    say(f"{'; '.join(parts)}.")
