"""``awase definition adopt`` and ``revert``: the next version, and what it changes for whom."""

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from features.core.clock import from_second
from features.core.errors import Refusal
from features.core.formats import local_minute, share
from features.definition import LeadDefinition
from features.definition.diff import Change
from features.definition.yaml.write import unmarked
from serving.cli.data.definition.versions import change_lines
from serving.cli.instants import parse_instant
from serving.cli.options import WorkspaceOption
from serving.cli.output.console import err, say
from serving.decisions.in_force.change import AdoptedVersion, adopt_text
from serving.decisions.in_force.written_file import WrittenFile, look_at_file, refuse_conflict
from serving.ledger.agreements import AgreedVersion, AgreementDecision
from serving.workspace.workspace import Workspace, agreed_text
from training.promotion.apply_agreement import AppliedAgreement

app = typer.Typer(add_completion=False)

MOST_SHOWN = 12
"""Changes told before the rest is only counted."""

WhyOption = Annotated[str, typer.Option("--why", help="Why; goes into the history.")]
PresentOption = Annotated[str, typer.Option("--present", help="Who was present, by commas.")]
WhatOption = Annotated[str, typer.Option("--agreed", help="What was agreed, in a sentence.")]
EffectiveOption = Annotated[
    str | None,
    typer.Option("--effective", help="Day or time from which it holds.", show_default="now"),
]


@app.command("adopt")
def adopt(
    why: WhyOption = "",
    present: PresentOption = "",
    agreed: WhatOption = "",
    effective: EffectiveOption = None,
    over: Annotated[
        int | None,
        typer.Option(help="The newest version, if the file was edited from an older one."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make the edited lead_definition.yaml the next version."""

    place = Workspace.at(workspace)
    store = place.store()
    versions = place.agreed_versions(store)
    written = look_at_file(place, versions)
    if written.state == "same":
        say("lead_definition.yaml says what is agreed already; there is nothing to adopt.")
        return
    refuse_conflict(written, versions, over=over)
    newest = versions.versions[0]
    adopted = adopt_text(
        place,
        store,
        unmarked(written.text),
        decision=edited_by_hand(written, newest, why=why, present=present, what=agreed),
        effective_from=_instant(effective, written.definition),
        replaces=newest.number,
    )
    tell_adopted(adopted)


@app.command("revert")
def revert(
    version: Annotated[int, typer.Argument(help="Number of the version to go back to.")],
    why: WhyOption,
    present: PresentOption = "",
    effective: EffectiveOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Go back to what an earlier version said, as a new version with its own reason."""

    place = Workspace.at(workspace)
    store = place.store()
    agreed = place.agreed_versions(store)
    earlier, newest = agreed.numbered(version), agreed.versions[0]
    adopted = adopt_text(
        place,
        store,
        earlier.definition,
        decision=AgreementDecision(
            by=getpass.getuser(), present=present, what=f"back to version {version}", why=why
        ),
        effective_from=_instant(effective, agreed_text(newest).definition),
        replaces=newest.number,
    )
    say(f"Version {adopted.after.number} says what version {version} said.")
    tell_adopted(adopted)


def _instant(text: str | None, definition: LeadDefinition) -> datetime | None:

    return None if text is None else from_second(parse_instant(text, definition.zone))


def edited_by_hand(
    written: WrittenFile, newest: AgreedVersion, *, why: str, present: str, what: str
) -> AgreementDecision:
    """Describe the decision behind an edited file.

    What the arguments leave empty is taken from the file itself; the reason only if it is not that
    of the version before. On a terminal it is asked for.

    Parameters
    ----------
    written : WrittenFile
        The edited file.
    newest : AgreedVersion
        Version it would replace.
    why : str
        Reason of the change.
    present : str
        Names of those who agreed.
    what : str
        What was agreed, in one sentence.

    Raises
    ------
    Refusal
        If there is no reason, and nobody to ask.
    """

    agreement, former = written.definition.agreement, agreed_text(newest).definition.agreement
    if not why and agreement is not None and (former is None or agreement.why != former.why):
        why = agreement.why.ja
    if not why and sys.stdin.isatty():
        why = str(typer.prompt("Why does it change", err=True))
    if not why.strip():
        msg = (
            "a new version needs its own reason; got none. Add --why, or write it into the file "
            "under agreement."
        )
        raise Refusal(msg)
    signatures = () if agreement is None else agreement.agreed_by
    return AgreementDecision(
        by=getpass.getuser(),
        present=present or ", ".join(signature.name for signature in signatures),
        what=what or f"{written.definition.title.ja} (file)",
        why=why,
    )


def tell_adopted(adopted: AdoptedVersion) -> None:
    """Say on standard error which version there is now, and what it changes for whom.

    Compared with what decided until now and, where that is another, with the version that waited.
    """
    after, former, before = adopted.after, adopted.in_force, adopted.before
    _tell(
        f"Version {after.number} is adopted, in place of version {before.number}, from "
        f"{local_minute(after.effective_from, UTC).en} UTC, by {after.decision.by}."
    )
    if adopted.at_once is not None:
        _tell(f"  What of it holds at once is version {adopted.at_once.number}.")
    if before != former:
        _tell(f"Compared with version {former.number}, in force until now:")
        _tell_changes(adopted.changes_now, f"{former.number} {after.number}")
    waits = "" if before == former else ", which waits for a retrain or its day"
    _tell(f"Compared with version {before.number}{waits}:")
    _tell_changes(adopted.changes, f"{before.number} {after.number}")
    if adopted.effect is not None:
        _tell_effect(adopted.effect)
    if adopted.to_learn:
        _tell(
            f"  {len(adopted.to_learn)} of these have to be learned: version {after.number} comes "
            "into force when a retrain that knows it is promoted."
        )


def _tell_changes(changes: tuple[Change, ...], both: str) -> None:
    for line in change_lines(changes[:MOST_SHOWN]) or ["  nothing changes"]:
        _tell(line)
    if len(changes) > MOST_SHOWN:
        _tell(f"  and {len(changes) - MOST_SHOWN} more: awase definition diff {both}")


def _tell_effect(effect: AppliedAgreement) -> None:
    if effect.outcome == "promoted" and effect.release is not None:
        cut_offs = effect.release.cut_offs
        _tell(
            f"  Release {effect.release.release_id}, the same boosters with new cut-offs, is the "
            f"champion: MQL from {share(cut_offs.mql.probability).en}, SQL candidate from "
            f"{share(cut_offs.sql.probability).en}."
        )
    elif effect.outcome == "keeps no past":
        _tell(
            "  The champion was made by an older version and keeps its cut-offs until the next "
            "retrain."
        )


def _tell(line: str) -> None:
    err.print(line, markup=False)
