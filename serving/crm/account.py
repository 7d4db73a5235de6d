"""Which account of a CRM a workspace reads and writes: one, and no other."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select

from features.core.errors import LeadDataError
from features.crms import CRMS
from features.store import Store
from features.store.schema import crm_account


@dataclass(frozen=True, kw_only=True)
class CrmAccount:
    """An account as the CRM itself names it.

    Attributes
    ----------
    account_id : str
        HubSpot's portal, Salesforce's organisation.
    is_sandbox : bool
        Whether it is one for trying things.
    """

    vendor: str
    account_id: str
    is_sandbox: bool

    def __str__(self) -> str:
        kind = "sandbox" if self.is_sandbox else "production"
        return f"{CRMS[self.vendor]} {self.account_id} ({kind})"


def meet_account(store: Store, account: CrmAccount) -> None:
    """Remember the account of a workspace's first call; let in no other from then on.

    Raises
    ------
    LeadDataError
        If the workspace belongs to another account.
    """
    known = known_account(store, account.vendor)
    if known == account:
        return
    if known is not None:
        msg = (
            f"this workspace belongs to {known}; got {account}. Correct the token or the address, "
            "or make another workspace for that account: its records would be taken for these."
        )
        raise LeadDataError(msg)
    with store.engine.begin() as connection:
        row = vars(account) | {"first_met_at": datetime.now(UTC)}
        connection.execute(insert(crm_account).values(**row))


def known_account(store: Store, vendor: str) -> CrmAccount | None:
    """The account of a workspace's first call; None before that."""
    columns = (crm_account.c.vendor, crm_account.c.account_id, crm_account.c.is_sandbox)
    with store.engine.connect() as connection:
        row = connection.execute(select(*columns).where(crm_account.c.vendor == vendor)).first()
    return None if row is None else CrmAccount(**row._asdict())
