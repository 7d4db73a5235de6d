"""Forgetting a lead of a workspace: its tables, and the reports that were written of it.

The files a company exported from its CRM are its own: where they lie in the workspace and still
name the person, that is said, and they are left alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.store.runs import running
from serving.ledger.access.sign_in_attempts import forget_old_attempts
from serving.ledger.leads.erase import Forgotten, find_silent_leads, forget_lead
from serving.ledger.outbox.inspect import prune_messages
from serving.workspace.settings import Settings
from serving.workspace.workspace import Workspace

REPORTS = "reports"
REMOVED = "(forgotten)"
"""What stands in a report where a name or an address stood."""


@dataclass(frozen=True, kw_only=True)
class ForgottenLead:
    """A lead that was forgotten, the reports that were changed, and files that still name it."""

    forgotten: Forgotten
    changed: tuple[Path, ...]
    still_named_in: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Retained:
    """What the retention periods removed; None where no period is set."""

    leads: int | None
    messages: int
    sign_in_failures: int


def forget(workspace: Workspace, lead_id: str, *, by: str) -> ForgottenLead:
    """Remove a person from the tables and from the reports of a workspace.

    Raises
    ------
    LeadDataError
        If there is no such lead.
    LockHeld
        If a run is at work that might write the lead down again.
    """
    store = workspace.store()
    with running(store, "forget"):
        forgotten = forget_lead(store, lead_id, by=by, zone=workspace.definition().zone)
        changed = _clean_reports(workspace.folder / REPORTS, forgotten)
    named = _find(workspace.folder, forgotten.traces)
    return ForgottenLead(forgotten=forgotten, changed=changed, still_named_in=named)


def keep_periods(workspace: Workspace, settings: Settings, *, by: str) -> Retained:
    """Remove whatever is older than the settings allow."""
    store, now = workspace.store(), datetime.now(UTC)
    leads = None
    if settings.keep_leads_days is not None:
        silent_since = now - timedelta(days=settings.keep_leads_days)
        silent = find_silent_leads(store, since=silent_since)
        for lead_id in silent:
            forget(workspace, lead_id, by=by)
        leads = len(silent)
    return Retained(
        leads=leads,
        messages=prune_messages(store, before=now - timedelta(days=settings.keep_messages_days)),
        sign_in_failures=forget_old_attempts(
            store, before=now - timedelta(days=settings.keep_sign_ins_days)
        ),
    )


def _clean_reports(folder: Path, forgotten: Forgotten) -> tuple[Path, ...]:
    lead_id, *others = forgotten.traces
    changed = []
    for path in _files(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        cleaned = text.replace(lead_id, forgotten.pseudonym)
        for trace in others:
            cleaned = cleaned.replace(trace, REMOVED)
        if cleaned != text:
            path.write_text(cleaned, encoding="utf-8")
            changed.append(path)
    return tuple(changed)


def _find(folder: Path, traces: tuple[str, ...]) -> tuple[Path, ...]:
    """Files that hold any of the traces as text."""
    wanted = [trace.encode() for trace in traces]
    return tuple(
        path for path in _files(folder) if any(trace in path.read_bytes() for trace in wanted)
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
