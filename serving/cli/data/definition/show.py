"""``awase definition show``: one version of what is agreed."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from features.core.errors import LeadDataError
from features.core.formats import local_minute, rule_points
from features.definition import LeadDefinition
from serving.cli.options import WorkspaceOption
from serving.cli.output.console import heading, say
from serving.ledger.agreements import AgreedVersion, AgreedVersions
from serving.workspace.workspace import Workspace, agreed_text

app = typer.Typer(add_completion=False)

VersionArgument = Annotated[
    str | None, typer.Argument(help="Number of a version.", show_default="the one in force")
]


@app.command("show")
def show(
    version: VersionArgument = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Print the text itself.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show a version: since when it holds, who agreed, and its rulebook in words."""

    place = Workspace.at(workspace)
    agreed = place.agreed_versions()
    shown = _named(agreed, version)
    if yaml:
        say(shown.definition.rstrip("\n"))
        return
    definition = agreed_text(shown).definition
    heading(f"Version {shown.number}: {definition.title.en} ({state_of(shown, agreed)})")
    for line in _facts(shown, definition):
        say(f"  {line}")
    heading("Rulebook")
    for rule in definition.rulebook.rules:
        condition = rule.when.words(definition)
        say(f"  {rule_points(rule.points).en}  {rule.label.en} ({condition.en})")
    for name, threshold in (("MQL", definition.rulebook.mql), ("SQL", definition.rulebook.sql)):
        if threshold is not None:
            points = "" if threshold.points is None else f"{threshold.points} points"
            checklist = "" if threshold.checklist is None else threshold.checklist.label.en
            say(f"  {name} from {' or '.join(filter(None, (points, checklist)))}")


def _named(agreed: AgreedVersions, name: str | None) -> AgreedVersion:
    if name is None:
        return agreed.in_force(datetime.now(UTC))
    return agreed.numbered(number_of(name))


def number_of(name: str) -> int:
    """The number that somebody wrote.

    Raises
    ------
    LeadDataError
        If it is none.
    """
    if not name.isdecimal():
        msg = f'a version is named by its number, such as 3; got "{name}". See the history.'
        raise LeadDataError(msg)
    return int(name)


def state_of(version: AgreedVersion, agreed: AgreedVersions) -> str:
    """How a version stands today; empty of one that is past."""
    now = datetime.now(UTC)
    if version == agreed.in_force(now):
        return "in force"
    if version.effective_from > now:
        return f"from {local_minute(version.effective_from, UTC).en} UTC"
    if version == agreed.due(now):
        return "waits for the next retrain"
    return ""


def _facts(version: AgreedVersion, definition: LeadDefinition) -> list[str]:
    decision = version.decision
    outcome = definition.outcome
    within = "" if outcome.horizon_days is None else f" within {outcome.horizon_days} days"
    lines = [
        f"adopted {local_minute(version.adopted_at, UTC).en} UTC by {decision.by}",
        f"present: {decision.present}" if decision.present else "",
        f"agreed: {decision.what}" if decision.what else "",
        f"why: {decision.why}" if decision.why else "",
        f"in place of version {version.replaces}" if version.replaces else "",
        f"outcome: {outcome.stage}{within}",
        f"meaning: {version.version}",
    ]
    return [line for line in lines if line]
