"""``awase definition``: what was agreed, what differs, and a version as a file."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from features.core.errors import Refusal
from features.core.formats import local_minute
from features.definition import LeadDefinition
from features.definition.diff import Change, diff_definitions
from serving.cli.data.definition.show import number_of, state_of
from serving.cli.options import YAML_FILES, AllOption, JsonOption, WorkspaceOption, ends_in
from serving.cli.output.console import as_json, heading, say
from serving.decisions.in_force.written_file import look_at_file, write_version
from serving.ledger.agreements import AgreedVersion, AgreedVersions
from serving.workspace.workspace import Workspace, agreed_text

app = typer.Typer(add_completion=False)

MOST_VERSIONS = 3
"""Versions listed unless all are asked for: ten lines."""

FILE = "file"
"""How the YAML file is named where versions are named by number."""


@app.command("history")
def history(
    whole: AllOption = False, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """List the newest versions: who agreed to what and why, and what changed."""

    agreed = Workspace.at(workspace).agreed_versions()
    if json:
        as_json(
            [
                {
                    "number": v.number,
                    "version": v.version,
                    "effective_from": v.effective_from,
                    "adopted_at": v.adopted_at,
                    "by": v.decision.by,
                    "present": v.decision.present,
                    "agreed": v.decision.what,
                    "why": v.decision.why,
                    "replaces": v.replaces,
                    "state": state_of(v, agreed),
                }
                for v in agreed.versions
            ]
        )
        return
    shown = agreed.versions if whole else agreed.versions[:MOST_VERSIONS]
    for version in shown:
        _show_version(version, agreed)
    if older := len(agreed.versions) - len(shown):
        say(f"and {older} older: --all")


def _show_version(version: AgreedVersion, agreed: AgreedVersions) -> None:
    """Print a version in three lines: how it stands, what was agreed and why, what changed."""
    state = state_of(version, agreed)
    decision, adopted = version.decision, local_minute(version.adopted_at, UTC).en
    stands = f" ({state})" if state else ""
    say(f"{version.number}{stands}, adopted {adopted} UTC by {decision.by}")
    told = "; why: ".join(part for part in (decision.what, decision.why) if part)
    if told:
        say(f"    {told}")
    before = next((v for v in agreed.versions if v.number == version.replaces), None)
    if before is None:
        return
    texts = (agreed_text(before).definition, agreed_text(version).definition)
    changes = [line.strip() for line in change_lines(diff_definitions(*texts))]
    more = f"; {len(changes) - 1} more: awase definition diff {before.number} {version.number}"
    say(f"    {changes[0] if changes else 'nothing changes'}{more if len(changes) > 1 else ''}")


@app.command("diff")
def diff(
    before: Annotated[
        str | None, typer.Argument(help="Number of a version.", show_default="the newest")
    ] = None,
    after: Annotated[str, typer.Argument(help=f"Number of a version, or {FILE}.")] = FILE,
    workspace: WorkspaceOption = None,
) -> None:
    """Show in words what differs between two versions, or between the newest and the file."""

    place = Workspace.at(workspace)
    agreed = place.agreed_versions()
    first = before or str(agreed.versions[0].number)
    if FILE in (first, after):
        written = look_at_file(place, agreed)
        say(_standing_words(written.state, written.base, agreed.versions[0].number))
    old, new = (_definition(place, agreed, name) for name in (first, after))
    changes = diff_definitions(old, new)
    heading(f"From {_called(first)} to {_called(after)}")
    for line in change_lines(changes) or ["  no difference in meaning"]:
        say(line)


@app.command("export")
def export(
    version: Annotated[
        str | None, typer.Argument(help="Number of a version.", show_default="the newest")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="File to write instead of lead_definition.yaml.",
            dir_okay=False,
            callback=ends_in(*YAML_FILES),
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Drop edits of the file that nobody adopted.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a version into lead_definition.yaml, or into another file."""

    place = Workspace.at(workspace)
    agreed = place.agreed_versions()
    wanted = agreed.versions[0] if version is None else agreed.numbered(number_of(version))
    if output is None and not force:
        _refuse_to_drop_an_edit(place, agreed)
    path = place.definition_path if output is None else output
    write_version(path, wanted)
    say(f"Version {wanted.number} is written to {path}.")


def _definition(place: "Workspace", agreed: "AgreedVersions", name: str) -> "LeadDefinition":

    if name == FILE:
        return place.written_definition()
    return agreed_text(agreed.numbered(number_of(name))).definition


def _called(name: str) -> str:
    return "lead_definition.yaml" if name == FILE else f"version {name}"


def _standing_words(lead_state: str, base: int, newest: int) -> str:
    words = {
        "same": f"lead_definition.yaml says what version {newest}, the newest, says.",
        "edited": f"lead_definition.yaml was edited since version {newest}, the newest: the file "
        "is newer than what is agreed.",
        "behind": f"lead_definition.yaml is version {base}; version {newest} is newer.",
        "conflict": f"lead_definition.yaml was edited from version {base}, and version {newest} "
        "came since: neither contains the other.",
    }
    return words[lead_state]


def _refuse_to_drop_an_edit(place: "Workspace", agreed: "AgreedVersions") -> None:

    if look_at_file(place, agreed).state in ("edited", "conflict"):
        msg = (
            "exporting must not drop an edit; got a lead_definition.yaml that was edited and not "
            "adopted. Adopt it, write to another file with --output, or add --force."
        )
        raise Refusal(msg)


def change_lines(changes: Sequence[Change]) -> list[str]:
    """Changes as lines; those that wait for a retrain are marked."""
    return [
        f"  {change.read('en')}{'  (with the next retrain)' if change.needs_training else ''}"
        for change in changes
    ]
