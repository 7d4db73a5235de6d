"""The one screen that ``awase start`` ends with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from features.core.errors import Refusal
from features.core.formats import count
from features.definition import LeadDefinition
from serving.cli.output.console import heading, in_shell, say
from serving.decisions.inspect.check_workspace import WorkspaceCheck
from serving.decisions.score_leads import ScoringRun
from serving.workspace.workspace import Workspace
from training.promotion.gate import GateRefusal

MAPPING_FILE = "import.yaml"
"""Of files; a CRM's is called after it."""

MONTHS_BACK = 6


@dataclass(frozen=True, kw_only=True)
class FirstRun:
    """What a start did: the check, and the release or why there is none."""

    place: Workspace
    definition: LeadDefinition
    check: WorkspaceCheck
    release: str | None
    refused: Refusal | None
    scored: ScoringRun | None
    """None where no lead is open."""
    mapping: Path
    """The file of guesses."""


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
        say(f"  {run.refused}")
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
    if isinstance(run.refused, GateRefusal) and run.refused.can_begin:
        return "Decide together whether to begin as said above, or start again on newer outcomes."
    if check.workable is not None:
        return check.workable.sentence(run.definition).en
    if not run.definition.behaviours:
        return (
            "Add what leads did (visits, downloads, webinars, inquiries) to the export: "
            "attributes alone do not tell these leads apart well enough."
        )
    return "Read `awase check`, and tell which of the left-out columns were known in time."
