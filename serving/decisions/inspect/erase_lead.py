"""Forgetting a lead of a workspace: its tables, and the reports that were written of it.

The files a company exported from its CRM are its own: where they lie in the workspace and still
name the person, that is said, and they are left alone.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.core.atomic_folder import write_whole_file
from features.distributed.laid_out import remove_laid_out
from features.store import Store
from features.store.releases import read_champion
from features.store.runs import running
from features.store.sqlite_url import sqlite_path
from serving.decisions.inspect.explain_lead import past_leads
from serving.ledger.access.sign_in_attempts import LONGEST_COUNTED, forget_old_attempts
from serving.ledger.leads.erase import (
    REMOVED,
    Forgotten,
    find_silent_leads,
    forget_lead,
    shred_freed_pages,
    spellings,
)
from serving.ledger.outbox.inspect import prune_messages
from serving.workspace.settings import Settings
from serving.workspace.workspace import Workspace
from training.model.release import load_release

REPORTS = "reports"


@dataclass(frozen=True, kw_only=True)
class ForgottenLead:
    """A lead that was forgotten, the reports that were changed, and files that still name it.

    Attributes
    ----------
    is_shredded : bool
        Whether the database's file was written anew, so that no freed page names the person.
    """

    forgotten: Forgotten
    changed: tuple[Path, ...]
    still_named_in: tuple[Path, ...]
    is_shredded: bool


@dataclass(frozen=True, kw_only=True)
class Retained:
    """What the retention periods removed; None where no period is set."""

    leads: int | None
    messages: int
    sign_in_failures: int
    is_shredded: bool


def forget(workspace: Workspace, lead_id: str, *, by: str) -> ForgottenLead:
    """Remove a person from the tables and from the reports of a workspace.

    Parameters
    ----------
    workspace : Workspace
    lead_id : str
    by : str
        Who asked for it, for the audit.

    Raises
    ------
    LeadDataError
        If there is no such lead.
    LockHeld
        If a run is at work that might write the lead down again.
    """
    store = workspace.store()
    gone, changed = _forget(workspace, store, lead_id, by=by)
    _renew_past_leads(workspace, store)
    return ForgottenLead(
        forgotten=gone,
        changed=changed,
        is_shredded=shred_freed_pages(store),
        still_named_in=_find(workspace, gone.traces),
    )


def _forget(
    workspace: Workspace, store: Store, lead_id: str, *, by: str
) -> tuple[Forgotten, tuple[Path, ...]]:
    with running(store, "forget"):
        # What a killed import or a killed run on a cluster left.
        shutil.rmtree(workspace.copies_path, ignore_errors=True)
        remove_laid_out(workspace.releases_dir)
        gone = forget_lead(store, lead_id, by=by, zone=workspace.definition().zone)
        return gone, _clean_reports(workspace.folder / REPORTS, gone)


def keep_periods(workspace: Workspace, settings: Settings, *, by: str) -> Retained:
    """Remove whatever is older than the settings allow to keep.

    Parameters
    ----------
    workspace : Workspace
    settings : Settings
        Hold the periods, in days.
    by : str
        Who asked for it, for the audit.
    """
    store, now = workspace.store(), datetime.now(UTC)
    leads = None
    if settings.keep_leads_days is not None:
        silent_since = now - timedelta(days=settings.keep_leads_days)
        silent = find_silent_leads(store, since=silent_since)
        for lead_id in silent:
            _forget(workspace, store, lead_id, by=by)
        if silent:
            _renew_past_leads(workspace, store)
        leads = len(silent)
    return Retained(
        leads=leads,
        messages=prune_messages(store, before=now - timedelta(days=settings.keep_messages_days)),
        sign_in_failures=forget_old_attempts(store, before=now - LONGEST_COUNTED),
        is_shredded=shred_freed_pages(store),
    )


def _renew_past_leads(workspace: Workspace, store: Store) -> None:
    """Gather anew whom cards compare a lead with: their rows bear numbers that name nobody.

    Nothing tells which rows are the forgotten person's, so that none of them stays.
    """
    champion = read_champion(store)
    written = list(workspace.past_leads_path("any").parent.glob("*.npz"))
    for path in written:
        path.unlink()
    if written and champion is not None:
        release = load_release(workspace.releases_dir / champion.release_id)
        past_leads(workspace, release, workspace.definition())


def _clean_reports(folder: Path, forgotten: Forgotten) -> tuple[Path, ...]:
    lead_id, *others = forgotten.traces
    changed = []
    for path in _files(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        cleaned = text
        for written in spellings(lead_id):
            cleaned = cleaned.replace(written, forgotten.pseudonym)
        for written in (written for trace in others for written in spellings(trace)):
            cleaned = cleaned.replace(written, REMOVED)
        if cleaned != text:
            write_whole_file(path, cleaned.encode())
            changed.append(path)
    return tuple(changed)


def _find(workspace: Workspace, traces: tuple[str, ...]) -> tuple[Path, ...]:
    """Files that hold any of the traces as text; our own database is not one of them.

    What it holds was erased by rows and pages; a short id may stand in its bytes by chance, and
    nobody must be told to remove it.
    """
    wanted = [written.encode() for trace in traces for written in spellings(trace)]
    own = str(sqlite_path(workspace.database_url) or workspace.database_url)
    return tuple(
        path
        for path in _files(workspace.folder)
        if not str(path).startswith(own) and any(trace in path.read_bytes() for trace in wanted)
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
