"""How the agreement changes: in the browser, on the command line, by editing the YAML file.

The database holds every version. The file carries the number of the version it was written from, so
that nobody's work is lost: an edit of the newest version becomes the next one, an edit of an older
one is a conflict that a person settles, and a decision made in the browser is written into the file
only while nobody has edited it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from features.core.atomic_folder import write_whole_file
from features.core.errors import DefinitionError, LeadDataError, Refusal
from features.definition import LeadDefinition
from features.definition.diff import Change, diff_definitions
from features.definition.yaml.write import marked, unmarked, version_of_text
from features.store import Store
from features.store.releases import definition_key
from serving.decisions.in_force.apply import apply_agreement
from serving.ledger.agreements import (
    AgreedVersion,
    AgreedVersions,
    AgreementDecision,
    NewVersion,
    add_version,
    read_agreed,
)
from serving.workspace.workspace import DEFINITION_FILE, Workspace, agreed_text, parse_whole
from training.promotion.apply_agreement import AppliedAgreement

FileState = Literal["same", "edited", "behind", "conflict"]
"""How the file stands to the newest version: it says the same; it was edited from it; it is an
older version as it was; it was edited from an older version."""


@dataclass(frozen=True, kw_only=True)
class WrittenFile:
    """The YAML file beside the agreed versions.

    Attributes
    ----------
    base : int
        The version it was written from.
    """

    state: FileState
    base: int
    text: str
    definition: LeadDefinition


@dataclass(frozen=True, kw_only=True)
class AdoptedVersion:
    """A new version and what it changes.

    Attributes
    ----------
    before, after : AgreedVersion
        What it replaces, and the new one.
    changes : tuple of Change
    file_written : bool
        Whether the YAML file says the new version; not where somebody had edited it.
    effect : AppliedAgreement or None
        What it meant for the champion; None where it has yet to begin.
    """

    before: AgreedVersion
    after: AgreedVersion
    changes: tuple[Change, ...]
    file_written: bool
    effect: AppliedAgreement | None

    @property
    def to_learn(self) -> tuple[Change, ...]:
        """Changes that the next retrain has to learn before the version comes into force."""
        return tuple(change for change in self.changes if change.needs_training)


def look_at_file(workspace: Workspace, agreed: AgreedVersions) -> WrittenFile:
    """The YAML file, and how it stands to the newest version.

    Raises
    ------
    DefinitionError
        If the file holds mistakes.
    """
    definition = workspace.written_definition()
    text = workspace.definition_path.read_text(encoding="utf-8-sig")
    base = version_of_text(text) or 1
    return WrittenFile(
        state=_state_of(definition, base, agreed), base=base, text=text, definition=definition
    )


def adopt_file(
    workspace: Workspace,
    store: Store,
    *,
    decision: AgreementDecision,
    effective_from: datetime | None = None,
    over: int | None = None,
) -> AdoptedVersion | None:
    """Make the edited YAML file the next version; None if it differs in nothing from the newest.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    decision : AgreementDecision
        Who was present, what they agreed, and why.
    effective_from : datetime, optional
        From when it holds; now unless given.
    over : int, optional
        Number of the newest version, given by somebody who accepts that the file was edited from an
        older one.

    Raises
    ------
    Refusal
        If the file was edited from an older version and nobody takes that upon themselves.
    DefinitionError
        If the file holds mistakes.
    """
    agreed = workspace.agreed_versions(store)
    written = look_at_file(workspace, agreed)
    newest = _newest(agreed)
    if written.state == "same":
        return None
    if written.state != "edited" and over != newest.number:
        raise Refusal(conflict_words(written, newest))
    return adopt_text(
        workspace,
        store,
        unmarked(written.text),
        decision=decision,
        effective_from=effective_from,
        replaces=newest.number,
    )


def adopt_text(
    workspace: Workspace,
    store: Store,
    text: str,
    *,
    decision: AgreementDecision,
    effective_from: datetime | None = None,
    replaces: int,
) -> AdoptedVersion:
    """Make a text the next version, once it passes every check.

    Parameters
    ----------
    workspace : Workspace
    store : Store
    text : str
        YAML text of the new version.
    decision : AgreementDecision
        Who was present, what they agreed, and why.
    effective_from : datetime, optional
        From when it holds; now unless given.
    replaces : int
        Number of the newest version its author had seen.

    Raises
    ------
    DefinitionError
        If the text holds mistakes, or changes nothing.
    LeadDataError
        If another version came since its author looked, or it should take effect in the past.
    """
    definition = parse_whole(text, f"the new version of {DEFINITION_FILE}")
    agreed = workspace.agreed_versions(store)
    before = agreed.numbered(replaces)
    changes = diff_definitions(agreed_text(before).definition, definition)
    if not changes:
        msg = f"a new version must change something; got what version {replaces} says already."
        raise DefinitionError(f"{msg} Nothing needs to be done.")
    number = add_version(
        store,
        NewVersion(
            definition=text,
            model=definition.fingerprint.model,
            agreement=definition.fingerprint.agreement,
            decision=decision,
            effective_from=_not_past(effective_from),
            replaces=replaces,
        ),
    )
    after = read_agreed(store).numbered(number)
    has_begun = after.effective_from <= datetime.now(UTC)
    return AdoptedVersion(
        before=before,
        after=after,
        changes=changes,
        file_written=write_unless_edited(workspace.definition_path, before, after),
        effect=apply_agreement(workspace, store) if has_begun else None,
    )


def write_unless_edited(path: Path, before: AgreedVersion, after: AgreedVersion) -> bool:
    """Write a version into the YAML file, unless somebody has edited the file meanwhile.

    True if the file now holds the new version.

    Never raises for a file that cannot be written: a server may not be allowed to, and the next
    command on the data scientist's machine says that the file is behind.

    Parameters
    ----------
    path : path
        The workspace's YAML file.
    before : AgreedVersion
        The version that the file should hold until now.
    after : AgreedVersion
        The version to write.
    """
    try:
        now = unmarked(path.read_text(encoding="utf-8-sig"))
        if now not in (unmarked(before.definition), unmarked(after.definition)):
            return False
        write_version(path, after)
    except (OSError, UnicodeDecodeError):
        return False
    return True


def write_version(path: Path, version: AgreedVersion) -> None:
    """Write a version as a YAML file, whole or not at all."""
    write_whole_file(path, marked(version.definition, version.number).encode())


def conflict_words(written: WrittenFile, newest: AgreedVersion) -> str:
    """What to tell somebody whose file is not made from the newest version."""
    which = "is" if written.state == "behind" else "was edited from"
    return (
        f"the file must be made from the newest version, {newest.number} (by "
        f"{newest.decision.by} on {newest.adopted_at:%Y-%m-%d}); got one that {which} version "
        f"{written.base}. See `awase definition diff {newest.number} file`; then take over what is "
        "missing and `awase definition adopt "
        f"--over {newest.number}`, or drop your edit with `awase definition export --force`."
    )


def _state_of(definition: LeadDefinition, base: int, agreed: AgreedVersions) -> FileState:
    newest = _newest(agreed)
    key = definition_key(definition.fingerprint.model, definition.fingerprint.agreement)
    if key == newest.version:
        return "same"
    known = {version.number: version.version for version in agreed.versions}
    if known.get(base) == key:
        return "behind"
    return "edited" if base == newest.number else "conflict"


def _newest(agreed: AgreedVersions) -> AgreedVersion:
    if agreed.newest is None:
        msg = "a workspace must hold an agreed definition; got none. Adopt its file first."
        raise LeadDataError(msg)
    return agreed.newest


def _not_past(effective_from: datetime | None) -> datetime:
    now = datetime.now(UTC)
    if effective_from is None:
        return now
    if effective_from < now.replace(microsecond=0):
        msg = (
            "an agreement must take effect today or later; got "
            f"{effective_from.isoformat(timespec='minutes')}. Decisions made before keep their "
            "version; choose a later day."
        )
        raise LeadDataError(msg)
    return effective_from
