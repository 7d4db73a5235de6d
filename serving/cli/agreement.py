"""The agreement as every command meets it: an edited file is noticed, and adopted on request.

No command adopts an edited lead_definition.yaml by itself: a file may be half edited when the
nightly run starts, and every version has a reason that somebody gives. Commands go on with the
version in force and say so.
"""

import getpass
import sqlite3
import sys
from contextlib import suppress
from datetime import UTC
from pathlib import Path

import typer

from features.core.errors import Refusal
from features.core.formats import local_minute, share
from features.definition.diff import Change
from serving.cli.output.console import err
from serving.decisions.in_force.change import (
    AdoptedVersion,
    WrittenFile,
    file_notice,
)
from serving.ledger.agreements import AgreedVersion, AgreementDecision
from serving.workspace.workspace import Workspace, agreed_text
from training.promotion.apply_agreement import AppliedAgreement
from training.tracking.artifact_locations import settle_artifacts

MOST_SHOWN = 12
"""Changes told before the rest is only counted."""


def open_workspace(folder: Path | None) -> "Workspace":
    """The workspace of a command, wherever it was moved; said where its file does not decide.

    Parameters
    ----------
    folder : path or None
    """

    place = Workspace.at(folder)
    with suppress(sqlite3.Error):  # read-only, or no database of MLflow: a retrain says so
        settle_artifacts(place.tracking_uri)
    store = place.store()
    try:
        notice = file_notice(place, place.agreed_versions(store))
    finally:
        store.close()
    if notice is not None:
        _tell(notice.en)
    return place


def edited_by_hand(
    written: "WrittenFile", newest: "AgreedVersion", *, why: str, present: str, what: str
) -> "AgreementDecision":
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


def tell_adopted(adopted: "AdoptedVersion") -> None:
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


def _tell_changes(changes: "tuple[Change, ...]", both: str) -> None:
    for line in change_lines(changes[:MOST_SHOWN]) or ["  nothing changes"]:
        _tell(line)
    if len(changes) > MOST_SHOWN:
        _tell(f"  and {len(changes) - MOST_SHOWN} more: awase definition diff {both}")


def _tell_effect(effect: "AppliedAgreement") -> None:
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


def change_lines(changes: "tuple[Change, ...]") -> list[str]:
    """Changes as lines; those that wait for a retrain are marked."""
    return [
        f"  {change.read('en')}{'  (with the next retrain)' if change.needs_training else ''}"
        for change in changes
    ]


def _tell(line: str) -> None:
    err.print(line, markup=False)
