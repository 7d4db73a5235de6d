"""The agreement as every command meets it: an edited file is noticed, adopted or refused.

Commands that judge or learn adopt an edited lead_definition.yaml as the next version and say so;
commands that only look say that it is not agreed yet. Nothing is adopted while somebody else's
version came in between.
"""

import getpass
from datetime import UTC
from pathlib import Path

from features.core.errors import DefinitionError, Refusal
from features.core.formats import local_minute, share
from features.definition.diff import Change
from serving.cli.output.console import err
from serving.decisions.in_force.change import (
    AdoptedVersion,
    WrittenFile,
    adopt_file,
    conflict_words,
    look_at_file,
)
from serving.ledger.agreements import AgreementDecision
from serving.workspace.workspace import Workspace
from training.promotion.apply_agreement import AppliedAgreement

MOST_SHOWN = 12
"""Changes told before the rest is only counted."""


def open_workspace(folder: Path | None, *, adopt: bool = False) -> "Workspace":
    """The workspace of a command, its file compared with what is agreed.

    Parameters
    ----------
    adopt : bool
        Whether the command judges or learns: then an edited file becomes the next version.

    Raises
    ------
    Refusal
        If the file was edited from an older version than the newest and the command would adopt it.
    DefinitionError
        If the file holds mistakes and the command would adopt it.
    """

    place = Workspace.at(folder)
    store = place.store()
    try:
        agreed = place.agreed_versions(store)
        newest = agreed.versions[0]
        try:
            written = look_at_file(place, agreed)
        except DefinitionError:
            if adopt:
                raise
            _tell(f"{place.definition_path.name} holds mistakes (`awase check` lists them); "
                  f"version {newest.number} is what is agreed.")  # fmt: skip
            return place
        if written.state == "conflict" and adopt:
            raise Refusal(conflict_words(written, newest))
        if written.state == "edited" and adopt:
            adopted = adopt_file(place, store, decision=edited_by_hand(written))
            if adopted is not None:
                tell_adopted(adopted)
        elif written.state != "same":
            _tell(_notice(written, newest.number, place.definition_path.name))
    finally:
        store.close()
    return place


def edited_by_hand(
    written: "WrittenFile", *, why: str = "", present: str = "", what: str = ""
) -> "AgreementDecision":
    """Describe the decision behind an edited file.

    What the arguments leave empty is taken from the file itself.

    Parameters
    ----------
    written : WrittenFile
        The edited file.
    why : str
        Reason of the change.
    present : str
        Names of those who agreed.
    what : str
        What was agreed, in one sentence.
    """

    agreement = written.definition.agreement
    signatures = () if agreement is None else agreement.agreed_by
    return AgreementDecision(
        by=getpass.getuser(),
        present=present or ", ".join(signature.name for signature in signatures),
        what=what or f"{written.definition.title.ja} (file)",
        why=why or ("" if agreement is None else agreement.why.ja),
    )


def tell_adopted(adopted: "AdoptedVersion") -> None:
    """Say on standard error which version there is now and what it changes."""
    after = adopted.after
    _tell(
        f"lead_definition.yaml was edited: adopted as version {after.number}, in place of version "
        f"{adopted.before.number}, from {local_minute(after.effective_from, UTC).en} UTC, by "
        f"{after.decision.by}."
    )
    for line in change_lines(adopted.changes[:MOST_SHOWN]):
        _tell(line)
    if len(adopted.changes) > MOST_SHOWN:
        both = f"{adopted.before.number} {after.number}"
        _tell(f"  and {len(adopted.changes) - MOST_SHOWN} more: awase definition diff {both}")
    if adopted.effect is not None:
        _tell_effect(adopted.effect)
    if adopted.to_learn:
        _tell(
            f"  {len(adopted.to_learn)} of these have to be learned: version {after.number} comes "
            "into force when a retrain that knows it is promoted."
        )


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


def _notice(written: "WrittenFile", newest: int, name: str) -> str:
    if written.state == "behind":
        return (
            f"{name} is version {written.base}; version {newest} is agreed since. "
            "`awase definition export` brings the file up to date."
        )
    if written.state == "edited":
        return (
            f"{name} was edited since version {newest} and is not agreed yet: see `awase "
            "definition diff`, then `awase definition adopt`."
        )
    return (
        f"{name} was edited from version {written.base}, but version {newest} is agreed since: "
        "see `awase definition diff`."
    )


def _tell(line: str) -> None:
    err.print(line, markup=False)
