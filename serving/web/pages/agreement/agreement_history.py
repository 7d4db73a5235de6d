"""Versions of the agreement as pages list them: what state each is in, what it changed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from features.core.text import Text
from features.definition.diff import Change, diff_definitions
from serving.ledger.agreements import AgreedVersion, AgreedVersions
from serving.web.words.page_words import PAGE_WORDS
from serving.workspace.workspace import agreed_text


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """One version in the history."""

    version: AgreedVersion
    state: Text
    is_in_force: bool


def list_versions(agreed: AgreedVersions) -> tuple[VersionLine, ...]:
    """All versions, newest first, each with its state."""
    now = datetime.now(UTC)
    in_force, due = agreed.in_force(now), agreed.due(now)
    return tuple(
        VersionLine(
            version=version,
            state=PAGE_WORDS[_state(version, in_force, due, now)],
            is_in_force=version == in_force,
        )
        for version in agreed.versions
    )


def changes_between(agreed: AgreedVersions, before: int, after: int) -> tuple[Change, ...]:
    """List what differs between two versions, in words.

    Who agreed, when and why is left out: every version says that for itself.

    Parameters
    ----------
    agreed : AgreedVersions
    before, after : int
        Numbers of the two versions.
    """
    old, new = (agreed_text(agreed.numbered(number)).definition for number in (before, after))
    return diff_definitions(old.model_copy(update={"agreement": new.agreement}), new)


def _state(
    version: AgreedVersion, in_force: AgreedVersion, due: AgreedVersion, now: datetime
) -> str:
    if version == in_force:
        return "in_force"
    if version.effective_from > now:
        return "planned"
    return "waiting_to_learn" if version == due else "earlier"
