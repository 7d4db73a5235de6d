"""How the agreement changes: in the browser, on the command line, by editing the YAML file.

The database holds every version; :mod:`serving.decisions.in_force.written_file` says how the file
stands to them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from features.core.errors import DefinitionError, LeadDataError
from features.definition.diff import Change, diff_definitions
from features.store import Store
from serving.decisions.in_force.apply import apply_agreement
from serving.decisions.in_force.trial_changes import refuse_trial_change
from serving.decisions.in_force.written_file import write_unless_edited
from serving.ledger.agreements import (
    AgreedVersion,
    AgreementDecision,
    NewVersion,
    add_version,
    read_agreed,
)
from serving.workspace.folder import DEFINITION_FILE
from serving.workspace.parts_at_once import at_once_text, changes_at_once
from serving.workspace.workspace import Workspace, agreed_text, parse_whole
from training.promotion.apply_agreement import AppliedAgreement


@dataclass(frozen=True, kw_only=True)
class AdoptedVersion:
    """A new version and what it changes.

    Attributes
    ----------
    before, after : AgreedVersion
        What it replaces, and the new one.
    in_force : AgreedVersion
        What qualified leads until now; another than the one before where that waits.
    at_once : AgreedVersion or None
        A version of its own with the parts that hold at once, where the rest has to be learned.
    changes, changes_now : tuple of Change
        From the version before; from what was in force to what holds at once.
    file_written : bool
        Whether the YAML file says the new version; not where somebody had edited it.
    effect : AppliedAgreement or None
        What it meant for the champion; None where it has yet to begin.
    """

    before: AgreedVersion
    in_force: AgreedVersion
    at_once: AgreedVersion | None
    after: AgreedVersion
    changes: tuple[Change, ...]
    changes_now: tuple[Change, ...]
    file_written: bool
    effect: AppliedAgreement | None

    @property
    def to_learn(self) -> tuple[Change, ...]:
        """Changes that the next retrain has to learn before the version comes into force."""
        return tuple(change for change in self.changes if change.needs_training)


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
    Refusal
        If it changes a trial in which leads have entered.
    LeadDataError
        If another version came since its author looked, or it should take effect in the past.
    """
    definition = parse_whole(text, f"the new version of {DEFINITION_FILE}")
    agreed = workspace.agreed_versions(store)
    before = agreed.numbered(replaces)
    former_definition = agreed_text(before).definition
    refuse_trial_change(store, former_definition, definition)
    changes = diff_definitions(former_definition, definition)
    if not changes:
        msg = f"a new version must change something; got what version {replaces} says already."
        raise DefinitionError(f"{msg} Nothing needs to be done.")
    effective = _not_past(effective_from)
    former = agreed_text(agreed.in_force(effective))
    at_once = at_once_text(former, text)
    texts = [each for each in (at_once, text) if each is not None]
    new = [
        _new_version(each, decision=decision, effective_from=effective, replaces=replaces + step)
        for step, each in enumerate(texts)
    ]
    number = add_version(store, *new)
    added = read_agreed(store)
    after = added.numbered(number)
    has_begun = after.effective_from <= datetime.now(UTC)
    return AdoptedVersion(
        before=before,
        in_force=former.version,
        at_once=None if at_once is None else added.numbered(number - 1),
        after=after,
        changes=changes,
        changes_now=changes_at_once(former, text, at_once),
        file_written=write_unless_edited(workspace.definition_path, before, after),
        effect=apply_agreement(workspace, store) if has_begun else None,
    )


def _new_version(
    text: str, *, decision: AgreementDecision, effective_from: datetime, replaces: int
) -> NewVersion:
    fingerprint = parse_whole(text, f"the new version of {DEFINITION_FILE}").fingerprint
    return NewVersion(
        definition=text,
        model=fingerprint.model,
        agreement=fingerprint.agreement,
        decision=decision,
        effective_from=effective_from,
        replaces=replaces,
    )


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
