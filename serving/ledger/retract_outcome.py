"""An outcome taken back, kept in the history of outcomes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from features.store.schema import outcome, outcome_history

_SAME = ("lead_id", "stage", "occurred_at")
_NO_DEAL = ""


def retract_outcome(connection: Connection, key: dict[str, Any], *, now: datetime) -> bool:
    """Delete an outcome and keep in the history that it stood; False if there is none.

    Parameters
    ----------
    connection : Connection
        Of the transaction that retracts it.
    key : dict
        ``lead_id``, ``stage`` and ``occurred_at``.
    now : datetime
    """
    found = select(outcome).where(*(outcome.c[name] == key[name] for name in _SAME))
    row = connection.execute(found).mappings().first()
    if row is None:
        return False
    history = outcome_history
    same = [history.c[name] == key[name] for name in _SAME]
    of_deals = update(history).where(*same, history.c.withdrawn_at.is_(None))
    connection.execute(of_deals.values(withdrawn_at=now))
    connection.execute(delete(history).where(*same, history.c.deal == _NO_DEAL))
    kept = {name: row[name] for name in (*_SAME, "known_at", "reason", "by", "value")}
    connection.execute(insert(history).values(**kept, deal=_NO_DEAL, withdrawn_at=now))
    connection.execute(delete(outcome).where(*(outcome.c[name] == key[name] for name in _SAME)))
    return True
