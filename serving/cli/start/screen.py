"""What ``awase start`` shows: what files were understood to be, and the one screen at the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from features.core.formats import count, share
from features.definition import LeadDefinition
from features.importing.presets.kinds import ExportKind
from features.importing.presets.propose import recognise
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.looked_at import LookedAt
from serving.cli.output.console import heading, in_shell, say
from serving.decisions.inspect.check_workspace import WorkspaceCheck
from serving.decisions.score_leads import ScoringRun
from serving.workspace.workspace import Workspace

MAPPING_FILE = "import.yaml"
"""Of files; a CRM's is called after it."""

MONTHS_BACK = 6
MOST_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class FirstRun:
    """What a start did: the check, and the release or why there is none."""

    place: Workspace
    definition: LeadDefinition
    check: WorkspaceCheck
    release: str | None
    refusal: str
    scored: ScoringRun | None
    """None where no lead is open."""
    mapping: Path
    """The file of guesses."""


def show_understood(found: Understanding, kinds: Iterable[ExportKind]) -> None:
    """Print what each file is and what its columns are for.

    Parameters
    ----------
    found : Understanding
    kinds : iterable of ExportKind
        Exports that are known by their headers.
    """
    heading("Understood")
    tables, kinds = found.tables, tuple(kinds)
    called = {file.name: _called(file, kinds) for file in tables.files}
    what = "log of events, leads made of each one's first" if tables.is_log else "one row a lead"
    say(f"  {called[tables.leads.name]}: {what}, {count(tables.leads.table.n_rows).en} rows")
    for link in tables.linked:
        say(f"  {called[link.file.name]}: belongs to the leads by {link.column.header!r}")
    for link in tables.looked_up:
        say(f"  {called[link.file.name]}: looked up by {link.column.header!r}")
    for file in tables.unused:
        say(f"  {called[file.name]}: not used, none of its columns meets the leads")
    for role in ColumnRole:
        headers = list(dict.fromkeys(c.header for c in found.of(role)))
        if headers:
            more = f" and {len(headers) - MOST_NAMED} more" if len(headers) > MOST_NAMED else ""
            say(f"  {role}: {', '.join(headers[:MOST_NAMED])}{more}")
    if len(found.won):
        rate = share(float(np.mean(found.won))).en
        say(f"  {rate} of {count(len(found.won)).en} leads reached the outcome at some time")
    doubts: dict[str, list[str]] = {}
    for column in found.asked:
        doubt = f"{column.file}, {column.role}: {column.reason.en}"
        doubts.setdefault(doubt, []).append(column.header)
    for doubt, headers in doubts.items():
        say(f"  NOT SURE: {', '.join(headers)} ({doubt})")
    for outcome in found.outcomes:
        say(f"  the outcome is {outcome.stage}, by {outcome.column!r}: {outcome.reason.en}")


def _called(file: LookedAt, kinds: tuple[ExportKind, ...]) -> str:
    kind = recognise([c.header for c in file.columns], kinds)
    return file.name if kind is None else f"{file.name} ({kind.name})"


def show_first_run(run: FirstRun) -> None:
    """Print the screen that a start ends with."""
    definition, check, place = run.definition, run.check, run.place
    heading("What the data can support")
    needed, have = check.needed, check.converted_leads
    enough = "enough" if have >= needed else "too few"
    say(
        f"  {count(have).en} leads reached {definition.outcome.stage} and can be learned from; "
        f"a model needs {count(needed).en}: {enough}."
    )
    for sentence in check.missing:
        say(f"  {sentence}")
    if (when := worthwhile_from(check)) is not None:
        say(f"  At the pace of the last months a model becomes worthwhile in {when}.")
    heading("The release" if run.release else "No release yet")
    if run.release:
        say(f"  {run.release} is in use.")
    else:
        say(f"  {run.refusal}")
        say("  Until then the rulebook decides: its points are in lead_definition.yaml.")
    heading("Next")
    say(f"  {next_step(run)}")
    heading("Where to look")
    if run.scored is None:
        say("  No lead is open, so nobody is scored.")
    else:
        n = count(run.scored.decisions.num_rows).en
        say(f"  {n} open leads are scored; nobody was handed over: `awase score` does that.")
    say(f"  guesses with their reasons   {run.mapping}")
    say(f"  the agreement, proposed      {place.definition_path}")
    say(f"  all figures of the data      awase check -w {in_shell(place.folder)}")
    say(f"  the pages                    awase serve -w {in_shell(place.folder)}")


def worthwhile_from(check: WorkspaceCheck) -> str | None:
    """The month in which as many outcomes as the gate asks for should be there."""
    lacking = check.needed - check.converted_leads
    past = [month.converted for month in check.months if month.matured and month.month]
    pace = float(np.mean(past[-MONTHS_BACK:])) if past else 0.0
    if lacking <= 0 or pace <= 0:
        return None
    latest = datetime.fromtimestamp(check.data_cutoff, UTC)
    at = latest.year * 12 + latest.month - 1 + int(np.ceil(lacking / pace))
    return f"{at // 12}-{at % 12 + 1:02d}"


def next_step(run: FirstRun) -> str:
    """The single most useful thing to do now."""
    check = run.check
    lacking = check.needed - check.converted_leads
    if lacking > 0:
        older = "Give older exports as well" if run.mapping.name == MAPPING_FILE else "Pull again"
        return (
            f"{older}: {count(lacking).en} more leads that reached {run.definition.outcome.stage} "
            "are missing. The rulebook can be used meanwhile."
        )
    if run.release is not None:
        return "Let both teams read the agreement and change what is wrong; then `awase serve`."
    if check.workable is not None:
        return check.workable.sentence(run.definition).en
    if not run.definition.behaviours:
        return (
            "Add what leads did (visits, downloads, webinars, inquiries) to the export: "
            "attributes alone do not tell these leads apart well enough."
        )
    return "Read `awase check`, and tell which of the left-out columns were known in time."
