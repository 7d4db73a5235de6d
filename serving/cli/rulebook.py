"""``awase rulebook``: model against rulebook, a learned rulebook, what an edited one would do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import LeadDataError
from serving.cli.agreement import open_workspace
from serving.cli.console import as_json, heading, say, table
from serving.cli.figures import count, day, share, share_of
from serving.cli.main import app
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.retrain_report import SHOWN, show_comparison
from training.comparison_records import Comparison, Matching

if TYPE_CHECKING:
    from features.definition import LeadDefinition
    from serving.reasons.concepts import Concept
    from serving.workspace import Workspace
    from training.disagreement_records import Disagreement
    from training.gathered import Gathered
    from training.learned_rulebook.propose import TestedProposal
    from training.release import Release

rulebooks = typer.Typer(help="Compare, propose, try.", no_args_is_help=True)
app.add_typer(rulebooks, name="rulebook")

CHART = "model_against_rulebook.svg"
PROPOSED = "proposed_definition.yaml"


@rulebooks.command("compare")
def compare(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Replay the model and the rulebook on the same leads, later than the model learned."""
    from serving.reasons.concepts import list_concepts
    from training.charts import as_svg, draw_rates, rate_bars
    from training.disagreements import find_disagreements
    from training.trial import try_again

    place = open_workspace(workspace)
    release, gathered = _champion(place)
    trial = try_again(release, gathered)
    comparison = trial.comparison
    chart = place.report_path(CHART)
    chart.write_text(as_svg(draw_rates(rate_bars(comparison))), encoding="utf-8")
    if json:
        as_json(comparison)
        return
    show_comparison(comparison, gathered.definition.zone)
    _show_segments(comparison, gathered.definition)
    concepts = list_concepts(gathered.definition, trial.snapshot.catalogue)
    _show_disagreements(
        find_disagreements(trial, gathered, release.tested), gathered.definition, concepts
    )
    say(f"\nChart: {chart}")


@rulebooks.command("propose")
def propose(
    most_rules: Annotated[int, typer.Option(help="Rules the rulebook may have.", min=1)] = 12,
    most_points: Annotated[int, typer.Option(help="Points a rule may give or take.", min=1)] = 30,
    workspace: WorkspaceOption = None,
) -> None:
    """Learn a rulebook in today's format and say what it would have done."""
    from features.definition.writing import marked, with_rulebook
    from training.learned_rulebook.constraints import Constraints
    from training.learned_rulebook.propose import propose_rulebook

    place = open_workspace(workspace)
    release, gathered = _champion(place)
    limits = Constraints(most_rules=most_rules, most_points=most_points)
    found = propose_rulebook(gathered, release.tested, limits)
    heading("Proposed rulebook, as changes to today's")
    for change in found.proposal.changes:
        say(f"  {change.read('en')}")
    if not found.forecast:
        say("  These data have no dates: what follows is not a forecast.")
    show_comparison(found.comparison, gathered.definition.zone, first="proposal", second="today's")
    _show_recoveries(found)
    path = place.report_path(PROPOSED)
    version = place.in_force().version
    proposed = with_rulebook(version.definition, found.proposal.definition.rulebook)
    path.write_text(marked(proposed, version.number), encoding="utf-8")
    say(f"\nWritten to {path}. Edit it, and see what it would do: awase rulebook try {path}")


@rulebooks.command("try")
def try_(
    edited: Annotated[Path, typer.Argument(help="Definition with an edited rulebook.")],
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Replay an edited rulebook on past leads beside today's."""
    from features.definition import read_definition
    from training.gathered import gather
    from training.rulebook_trial import try_rulebook

    place = open_workspace(workspace)
    gathered = gather(place.store(), place.definition(), data_cutoff=None, seed=place.seed)
    tried = try_rulebook(gathered, read_definition(edited))
    if json:
        as_json(tried.comparison)
        return
    heading("Changes to today's agreement")
    for change in tried.changes:
        say(f"  {change.read('en')}")
    if not tried.changes:
        say("  none")
    for idle in tried.idle:
        say(f"  {idle.where}: {idle.name} {'always' if idle.always else 'never'} applies")
    show_comparison(tried.comparison, gathered.definition.zone, first="edited", second="today's")


def _champion(place: "Workspace") -> "tuple[Release, Gathered]":
    """The champion, and the tables as they were when it learned."""
    from serving.score_leads import load_champion
    from training.gathered import gather

    store, definition = place.store(), place.definition()
    champion = load_champion(store, place)
    if champion is None:
        msg = "a comparison needs a champion; got none. Make one with `awase retrain`."
        raise LeadDataError(msg)
    cutoff = champion.card.data_cutoff if definition.dated else None
    return champion, gather(store, definition, data_cutoff=cutoff, seed=place.seed)


def _show_segments(comparison: "Comparison", definition: "LeadDefinition") -> None:
    for qualification, shown in SHOWN.items():
        pair = comparison.pair(qualification, Matching.PAST)
        if pair is None or not pair.segments:
            continue
        heading(f"By segment: {shown}, cut-offs set on past data")
        rows = [
            (
                f"{definition.attribute(segment.attribute).label.en}: {segment.value}",
                count(segment.n_leads),
                count(segment.model.n_handed_over),
                share_of(segment.model.opportunity_rate),
                count(segment.rulebook.n_handed_over),
                share_of(segment.rulebook.opportunity_rate),
            )
            for segment in pair.segments
        ]
        table(("segment", "leads", "model", "opportunity rate", "rulebook", "opp. rate"), rows)


def _show_disagreements(
    found: "tuple[Disagreement, ...]",
    definition: "LeadDefinition",
    concepts: "tuple[Concept, ...]",
) -> None:
    if not found:
        return
    heading("Disagreements worth talking about: MQL by only one of the two")
    labels = {rule.name: rule.label.en for rule in definition.rulebook.rules}
    labels |= {concept.name: concept.label.en for concept in concepts}
    for lead in found:
        rules = ", ".join(labels.get(rule, rule) for rule in lead.rules) or "no rule"
        moved_by = ", ".join(
            f"{labels.get(c.concept, c.concept)} {c.points:+.1f}" for c in lead.concepts
        )
        outcome = "converted" if lead.converted else "did not convert"
        say(
            f"  {lead.lead_id} {day(lead.as_of, definition.zone)}: {lead.found_by} only, "
            f"{outcome}; "
            f"{share(lead.probability)} ({moved_by}); {lead.rulebook_points:g} points ({rules})"
        )


def _show_recoveries(found: "TestedProposal") -> None:
    from training.learned_rulebook.recovery import VOLUME_WORDS

    heading("How much of the model's advantage it recovers, at equal volume")
    for recovery in found.recoveries:
        recovered = (
            "undefined: the model's advantage may be zero"
            if recovery.recovered is None
            else share_of(recovery.recovered)
        )
        say(
            f"  {VOLUME_WORDS[recovery.volume].en}, {count(recovery.n_handed_over)}: today's "
            f"rulebook catches {recovery.today_caught:.0f}, the proposal "
            f"{recovery.proposed_caught:.0f}, the model {recovery.model_caught:.0f}; "
            f"recovered: {recovered}"
        )
