"""What ``awase check --audit`` says of the record of who did what."""

from features.core.errors import LeadDataError
from features.core.formats import count
from features.store import Store
from serving.cli.output.console import as_json, say
from serving.ledger.access.audit import AuditCheck, check_audit, parse_anchor

MOST_NAMED = 5


def show_audit(store: Store, anchor: str | None, *, json: bool) -> None:
    """Say that the audit is whole, and what to keep to know it again.

    Parameters
    ----------
    store : Store
    anchor : str or None
        What an earlier check printed.
    json : bool
        Whether a program reads it.

    Raises
    ------
    LeadDataError
        If an entry was changed or is gone.
    """
    found = check_audit(store, None if anchor is None else parse_anchor(anchor))
    if json:
        as_json({**vars(found), "last": None if found.last is None else str(found.last)})
    _refuse_broken(found)
    if json:
        return
    say(f"The audit is whole: {count(found.n_entries).en} entries, each as it was written.")
    if found.n_redacted:
        say(f"A forgotten lead was taken out of {count(found.n_redacted).en} of them.")
    if found.last is not None:
        say("Keep this elsewhere, and give it to the next check with --anchor:")
        say(f"  {found.last}")


def _refuse_broken(found: AuditCheck) -> None:
    if found.broken:
        named = ", ".join(map(str, found.broken[:MOST_NAMED]))
        more = ", ..." if len(found.broken) > MOST_NAMED else ""
        msg = (
            "every entry of the audit must stand as it was written, one after the other; got "
            f"{count(len(found.broken)).en} changed or after a gap (number {named}{more}). Compare "
            "with a backup, and look for who may write in the database."
        )
        raise LeadDataError(msg)
    if not found.is_anchored:
        msg = (
            "the entry of the anchor must still be there, unchanged; got an audit without it. "
            "Compare with a backup: the end was cut off, or the whole was written anew."
        )
        raise LeadDataError(msg)
