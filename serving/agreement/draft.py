"""A choice as the next version would be: its text, what it changes, what is wrong with it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from features.core.errors import AwaseError
from features.definition.diff import Change, diff_definitions
from features.definition.rulebook import Rulebook
from features.definition.targets import TargetBeyondCapacity, targets_beyond_capacity
from serving.agreement.choice import (
    ChosenChanges,
    chosen_text,
    with_targets_within_capacity,
)
from serving.ledger.agreements import AgreedVersion, AgreedVersions
from serving.workspace.folder import DEFINITION_FILE
from serving.workspace.parts_at_once import at_once_text, changes_at_once
from serving.workspace.workspace import agreed_text, parse_whole


@dataclass(frozen=True, kw_only=True)
class DraftAgreement:
    """The next version before anybody agreed to it.

    Attributes
    ----------
    replaces : AgreedVersion
        The newest version.
    text : str
    text_now : str or None
        What of it holds at once, where the rest has to be learned.
    in_force : AgreedVersion
        What qualifies leads now; another than the newest where that waits.
    changes, changes_now : tuple of Change
        From the newest version, in words; from what is in force to what holds at once.
    beyond : tuple of TargetBeyondCapacity
        KPI targets that the version would rule out by its own capacity.
    faults : tuple of str
        What stands in the way; a version with faults cannot be adopted.
    """

    choice: ChosenChanges
    replaces: AgreedVersion
    in_force: AgreedVersion
    text: str
    text_now: str | None
    changes: tuple[Change, ...]
    changes_now: tuple[Change, ...]
    beyond: tuple[TargetBeyondCapacity, ...]
    faults: tuple[str, ...]

    @property
    def offer(self) -> ChosenChanges:
        """The same choice, with the KPI targets brought within the capacity."""
        return replace(self.choice, within_capacity=True)

    @property
    def to_learn(self) -> tuple[Change, ...]:
        """Changes that wait for the next retrain."""
        return tuple(change for change in self.changes if change.needs_training)


def draft(
    choice: ChosenChanges, agreed: AgreedVersions, learned: Rulebook | None
) -> DraftAgreement:
    """Make the next version from a choice, with its changes and its faults.

    Parameters
    ----------
    choice : ChosenChanges
        What somebody wants to change.
    agreed : AgreedVersions
        Every version so far, the newest first.
    learned : Rulebook or None
        The learned rulebook, where a retrain found one.
    """
    newest = agreed.versions[0]
    in_force = agreed_text(agreed.in_force(datetime.now(UTC)))
    before = agreed_text(newest).definition
    text, after = newest.definition, before
    name = f"version {newest.number + 1} of {DEFINITION_FILE}"
    faults: tuple[str, ...] = ()
    try:
        if choice.back_to is not None:
            text = agreed.numbered(choice.back_to).definition
        else:
            text = chosen_text(choice, newest.definition, definition=before, learned=learned)
        after = parse_whole(text, name)
        if choice.within_capacity:
            text = with_targets_within_capacity(text, after)
            after = parse_whole(text, name)
    except AwaseError as fault:
        faults = tuple(str(fault).splitlines())
    text_now = None if faults else at_once_text(in_force, text)
    return DraftAgreement(
        choice=choice,
        replaces=newest,
        in_force=in_force.version,
        text=text,
        text_now=text_now,
        changes=diff_definitions(before, after),
        changes_now=() if faults else changes_at_once(in_force, text, text_now),
        beyond=targets_beyond_capacity(after),
        faults=faults,
    )
