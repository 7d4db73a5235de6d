"""The leads of one account: where each stands, who it is, and what became of it."""

from sqlalchemy import func, select

from features.store.schema import SHORT_VALUE_LENGTH, fact
from features.store.store import Store
from serving.ledger.leads.worklist import LeadPerson, LeadState, read_standings

MOST_LEADS = 200
"""A page shows no more of one account."""


def read_account(store: Store, attribute: str, account: str) -> list[tuple[LeadState, LeadPerson]]:
    """Read the leads that were ever at an account, the likeliest first.

    Parameters
    ----------
    store : Store
    attribute : str
        Whose value names the account.
    account : str
    """
    if len(account) > SHORT_VALUE_LENGTH:
        return []
    query = (
        select(fact.c.lead_id)
        .where(
            fact.c.attribute == attribute,
            fact.c.value == account,
            func.length(fact.c.value) <= SHORT_VALUE_LENGTH,
        )
        .distinct()
        .limit(MOST_LEADS)
    )
    with store.engine.connect() as connection:
        lead_ids = list(connection.scalars(query))
    return read_standings(store, lead_ids)
