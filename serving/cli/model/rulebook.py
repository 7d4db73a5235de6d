"""``awase rulebook``: model against rulebook, a learned rulebook, what an edited one would do."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from features.core.atomic_folder import write_whole_file
from features.core.errors import LeadDataError
from features.core.formats import count, local_date, points, quantity, share
from features.core.progress import Steps
from features.core.text import Language
from features.definition import LeadDefinition, read_definition
from features.definition.yaml.write import marked, with_rulebook
from features.rulebook import Idle, idle_parts, judge
from serving.cli.agreement import open_workspace
from serving.cli.options import AllOption, JsonOption, WorkspaceOption
from serving.cli.output.console import (
    ONLY_READS,
    READ,
    ShownSteps,
    as_json,
    heading,
    say,
    steps,
    table,
)
from serving.cli.output.show_document import show_document
from serving.cli.output.write_document import write_document
from serving.decisions.in_force.apply import load_champion
from serving.reasons.concepts import Concept, list_concepts
from serving.workspace.workspace import Workspace
from training.comparison.disagreements import find_disagreements
from training.comparison.policy_trial import compare_policies
from training.comparison.rulebook_trial import try_rulebook
from training.dataset.dataset import Dataset, load_dataset
from training.learned_rulebook.constraints import Constraints
from training.learned_rulebook.propose import TestedProposal, propose_rulebook
from training.model.release import Release
from training.reports.comparison_report import SUMMARY, comparison_document
from training.reports.comparison_text import EDITED_AND_TODAYS, PROPOSAL_AND_TODAYS
from training.reports.document.blocks import Document
from training.reports.document.charts import drawings
from training.results.comparison_records import Cadence
from training.results.disagreement_records import Disagreements
from training.results.recovery_records import VOLUME_WORDS

app = typer.Typer(help="Compare, propose, try.", no_args_is_help=True, add_completion=False)

PROPOSED = "proposed_definition.yaml"


class Every(StrEnum):
    """How often a replay looks at each lead."""

    DAY = "day"
    WEEK = "week"


class ChartLanguage(StrEnum):
    """Languages of charts."""

    JA = "ja"
    EN = "en"


EveryOption = Annotated[
    Every, typer.Option("--every", help="How often the replay looks at each lead.")
]


@app.command("compare")
def compare(
    every: EveryOption = Every.DAY,
    lang: Annotated[ChartLanguage, typer.Option(help="Language of the charts.")] = ChartLanguage.EN,
    workspace: WorkspaceOption = None,
    whole: AllOption = False,
    json: JsonOption = False,
) -> None:
    """Replay the model and the rulebook day by day, later than the model learned."""

    place = open_workspace(workspace)
    with steps(ONLY_READS) as step:
        release, dataset = _champion(place, step)
        trial = compare_policies(release, dataset, cadence=Cadence(every), progress=step)
    definition, comparison = dataset.definition, trial.comparison
    document = comparison_document(comparison, definition.zone)
    charts = _draw(place, document, lang.value)
    if json:
        as_json(comparison)
        return
    _show(place, document, "comparison", whole=whole)
    if not whole:
        return
    snapshot = trial.policies.look_back(dataset.at(dataset.split.test.rows))
    _show_idle(idle_parts(definition, judge(snapshot, definition.rulebook)))
    concepts = list_concepts(definition, trial.policies.catalogue)
    _show_disagreements(find_disagreements(trial, dataset), definition, concepts)
    say("\nCharts:")
    for path in charts:
        say(f"  {path}")


@app.command("propose")
def propose(
    most_rules: Annotated[int, typer.Option(help="Rules the rulebook may have.", min=1)] = 12,
    most_points: Annotated[int, typer.Option(help="Points a rule may give or take.", min=1)] = 30,
    every: EveryOption = Every.DAY,
    workspace: WorkspaceOption = None,
    whole: AllOption = False,
) -> None:
    """Learn a rulebook in today's format and say what it would have done."""

    place = open_workspace(workspace)
    limits = Constraints(most_rules=most_rules, most_points=most_points)
    with steps(ONLY_READS) as step:
        release, dataset = _champion(place, step)
        found = propose_rulebook(
            dataset, release.tested, limits, cadence=Cadence(every), progress=step
        )
    heading("Proposed rulebook, as changes to today's")
    for change in found.proposal.changes:
        say(f"  {change.read('en')}")
    if not found.forecast:
        say("  These data have no dates: what follows is not a forecast.")
    zone = dataset.definition.zone
    document = comparison_document(found.comparison, zone, names=PROPOSAL_AND_TODAYS)
    _show(place, document, "proposed_rulebook", whole=whole)
    _show_recoveries(found)
    path = place.report_path(PROPOSED)
    version = place.in_force().version
    proposed = with_rulebook(version.definition, found.proposal.definition.rulebook)
    write_whole_file(path, marked(proposed, version.number).encode())
    say(f"\nWritten to {path}. Edit it, and see what it would do: awase rulebook try {path}")


@app.command("try")
def try_(
    edited: Annotated[Path, typer.Argument(help="Definition with an edited rulebook.")],
    every: EveryOption = Every.DAY,
    workspace: WorkspaceOption = None,
    whole: AllOption = False,
    json: JsonOption = False,
) -> None:
    """Replay an edited rulebook on past leads beside today's."""

    place = open_workspace(workspace)
    definition = read_definition(edited)
    with steps(ONLY_READS) as step:
        with Steps(step).step(READ) as told:
            dataset = load_dataset(
                place.store(),
                place.definition(),
                data_cutoff=None,
                seed=place.seed,
                told=told,
            )
        tried = try_rulebook(dataset, definition, cadence=Cadence(every), progress=step)
    if json:
        as_json(tried.comparison)
        return
    heading("Changes to today's agreement")
    for change in tried.changes:
        say(f"  {change.read('en')}")
    if not tried.changes:
        say("  none")
    _show_idle(tried.idle)
    zone = dataset.definition.zone
    document = comparison_document(tried.comparison, zone, names=EDITED_AND_TODAYS)
    _show(place, document, "edited_rulebook", whole=whole)


def _show(place: Workspace, document: Document, name: str, *, whole: bool) -> None:
    """Print the two comparisons that answer the question, or everything; write everything."""
    show_document(document, only=None if whole else (SUMMARY,))
    say(f"\nWhole report: --all, or {write_document(place, name, document)}")


def _draw(place: Workspace, document: Document, lang: Language) -> list[Path]:
    """Write every chart the comparison has something for."""
    paths = []
    for name, drawing in drawings(document, lang).items():
        paths.append(place.report_path(f"model_against_rulebook_{name}.svg"))
        write_whole_file(paths[-1], drawing.encode())
    return paths


def _show_idle(idle: "tuple[Idle, ...]") -> None:
    for part in idle:
        say(f"  {part.where}: {part.name} {'always' if part.always else 'never'} applies")


def _champion(place: Workspace, step: ShownSteps) -> tuple[Release, Dataset]:
    """The champion, and the tables as they were when it learned."""
    store, definition = place.store(), place.definition()
    champion = load_champion(store, place)
    if champion is None:
        msg = "a comparison needs a champion; got none. Make one with `awase retrain`."
        raise LeadDataError(msg)
    cutoff = champion.card.data_cutoff if definition.dated else None
    with Steps(step).step(READ) as told:
        dataset = load_dataset(store, definition, data_cutoff=cutoff, seed=place.seed, told=told)
    return champion, dataset


def _show_disagreements(
    found: "Disagreements",
    definition: "LeadDefinition",
    concepts: "tuple[Concept, ...]",
) -> None:
    if not found.found:
        return
    heading("Disagreements: MQL by only one of the two in the test period")
    rows = [
        (
            f"{cell.found_by} only",
            "converted" if cell.converted else "did not convert",
            count(cell.n_leads).en,
        )
        for cell in found.cells
    ]
    table(("handed over by", "what became of them", "leads"), rows)
    say("As many of each by name, those first that teach most:")
    labels = {rule.name: rule.label.en for rule in definition.rulebook.rules}
    labels |= {concept.name: concept.label.en for concept in concepts}
    for lead in found.found:
        rules = ", ".join(labels.get(rule, rule) for rule in lead.rules) or "no rule"
        moved_by = ", ".join(
            f"{labels.get(c.concept, c.concept)} {points(c.points).en}" for c in lead.concepts
        )
        outcome = "converted" if lead.converted else "did not convert"
        say(
            f"  {lead.lead_id} {local_date(lead.as_of, definition.zone).en}: {lead.found_by} only, "
            f"{outcome}; {share(lead.probability).en} ({moved_by}); "
            f"{quantity(lead.rulebook_points, 'points').en} ({rules})"
        )


def _show_recoveries(found: "TestedProposal") -> None:

    heading("How much of the model's advantage it recovers, at equal volume")
    for recovery in found.recoveries:
        say(
            f"  {VOLUME_WORDS[recovery.volume].en}, {count(recovery.n_handed_over).en}: today's "
            f"rulebook catches {count(recovery.today_caught).en}, the proposal "
            f"{count(recovery.proposed_caught).en}, the model {count(recovery.model_caught).en}; "
            f"of the model's advantage over today's: {recovery.in_words.en}"
        )
