"""The simulated company's leads as a HubSpot account: something to pull and learn from."""

import pyarrow as pa
from sqlalchemy import select

from features.store import Store
from features.store.lead_tables import LeadTables
from features.store.schema import person
from tests.contract.hubspot.account import Account, iso_time
from tests.contract.hubspot.example import empty_account

PROPERTIES = {
    "channel": "hs_analytics_source",
    "job_title": "jobtitle",
    "department": "busho",
    "pain_point": "kadai",
    "purchase_timing": "donyu_jiki",
    "budget": "yosan",
    "decision_maker": "kessai",
}
"""Attributes and the contact's property that holds them."""

OF_COMPANY = {"industry": "industry", "company_size": "numberofemployees"}
FORMS = {
    "document_download": "f1",
    "webinar": "f2",
    "inquiry": "f3",
    "consultation_request": "f4",
}
VISITS = {"page_visit": "hs_analytics_last_timestamp", "email_click": "hs_email_last_click_date"}
STAGES = {"won": "closedwon", "lost": "closedlost"}


def account_of(store: Store) -> Account:
    """Everything that HubSpot can hold of the leads in a store."""
    account, tables = empty_account(), store.read_tables()
    contacts: dict[str, str] = {}
    emails = _emails(store)
    for row in tables.lead.to_pylist():
        at = row["created_at"] * 1000
        made = account.create("contacts", {"email": emails[row["lead_id"]]}, at=at)
        contacts[row["lead_id"]] = made.id
    companies = _add_companies(account, contacts)
    _add_facts(account, tables.fact, contacts, companies)
    _add_events(account, tables.event, contacts, emails)
    _add_outcomes(account, tables, contacts)
    return account


def _emails(store: Store) -> dict[str, str]:
    query = select(person.c.lead_id, person.c.email)
    with store.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _by_time(table: pa.Table, column: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table.sort_by(column).to_pylist()
    return rows


def _add_companies(account: Account, contacts: dict[str, str]) -> dict[str, str]:
    """A company for each lead of its own: what it is, is then known when the lead says so."""
    known: dict[str, str] = {}
    for lead_id, contact in contacts.items():
        created = account.things["contacts"][contact].created
        company = account.create("companies", {"name": f"Company {lead_id}"}, at=created)
        account.join_company(contact, company.id, created)
        known[lead_id] = company.id
    return known


def _add_facts(
    account: Account, facts: pa.Table, contacts: dict[str, str], companies: dict[str, str]
) -> None:
    for row in _by_time(facts, "known_at"):
        lead_id, attribute, value = (str(row[n]) for n in ("lead_id", "attribute", "value"))
        at = int(str(row["known_at"])) * 1000
        if attribute in PROPERTIES:
            account.update("contacts", contacts[lead_id], {PROPERTIES[attribute]: value}, at=at)
        elif attribute in OF_COMPANY:
            account.update("companies", companies[lead_id], {OF_COMPANY[attribute]: value}, at=at)


def _add_events(
    account: Account, events: pa.Table, contacts: dict[str, str], emails: dict[str, str]
) -> None:
    for row in _by_time(events, "occurred_at"):
        lead_id, behaviour = str(row["lead_id"]), str(row["behaviour"])
        at = int(str(row["occurred_at"])) * 1000
        if behaviour in FORMS:
            account.submit(FORMS[behaviour], emails[lead_id], at)
        elif behaviour in VISITS:
            account.update("contacts", contacts[lead_id], {VISITS[behaviour]: iso_time(at)}, at=at)
        elif behaviour == "unsubscribe":
            account.update("contacts", contacts[lead_id], {"hs_email_optout": "true"}, at=at)
        elif behaviour == "sales_call":
            call = account.create("calls", {"hs_timestamp": iso_time(at)}, at=at)
            account.link("calls", call.id, "contacts", contacts[lead_id])


def _add_outcomes(account: Account, tables: LeadTables, contacts: dict[str, str]) -> None:
    deals: dict[str, str] = {}
    for row in _by_time(tables.hand_over, "handed_over_at"):
        at = int(str(row["handed_over_at"])) * 1000
        stage = {"lifecyclestage": "marketingqualifiedlead"}
        account.update("contacts", contacts[str(row["lead_id"])], stage, at=at)
    for row in _by_time(tables.outcome, "occurred_at"):
        lead_id, stage = str(row["lead_id"]), str(row["stage"])
        at = int(str(row["occurred_at"])) * 1000
        if stage == "opportunity":
            deal = account.create("deals", {"dealstage": "appointmentscheduled"}, at=at)
            account.link("deals", deal.id, "contacts", contacts[lead_id])
            deals[lead_id] = deal.id
        elif stage in STAGES and lead_id in deals:
            account.update("deals", deals[lead_id], {"dealstage": STAGES[stage]}, at=at)
        elif stage == "returned":
            status = {"hs_lead_status": "UNQUALIFIED"}
            account.update("contacts", contacts[lead_id], status, at=at)
