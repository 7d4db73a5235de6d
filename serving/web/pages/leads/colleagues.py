"""The other leads of an account, as cards and the account's page list them."""

from dataclasses import dataclass

from features.core.text import Text
from features.definition import LeadDefinition
from features.store.lead_tables import LeadTables
from serving.ledger.leads.account import read_account
from serving.ledger.leads.worklist import LeadPerson, LeadState
from serving.web.access import sees_team
from serving.web.request.page_request import PageRequest
from serving.web.words.page_words import state_words


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """One lead of an account: where it stands, who it is and who owns it."""

    lead_state: LeadState
    person: LeadPerson
    reached: Text


def account_of(tables: LeadTables, definition: LeadDefinition) -> str | None:
    """The account a lead was last at; None where none is known."""
    attribute = definition.roles.account
    rows = [row for row in tables.fact.to_pylist() if row["attribute"] == attribute]
    newest = max(rows, key=lambda row: row["known_at"], default=None)
    return None if newest is None or not newest["value"] else str(newest["value"])


def list_colleagues(
    page_request: PageRequest, lead_id: str | None, account: str
) -> tuple[Colleague, ...]:
    """List the leads of an account that the visitor works with, but for one.

    Parameters
    ----------
    page_request : PageRequest
        Says who looks.
    lead_id : str or None
        The lead whose colleagues these are; None for all of the account.
    account : str
    """
    attribute = page_request.services.definition().roles.account
    if attribute is None:
        return ()
    return tuple(
        Colleague(
            lead_state=state,
            person=person,
            reached=state_words(state.reached, state.ended),
        )
        for state, person in read_account(page_request.services.store, attribute, account)
        if state.lead_id != lead_id and sees_team(page_request.user, state.team)
    )
