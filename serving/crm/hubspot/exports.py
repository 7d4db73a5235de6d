"""HubSpot: contacts, their forms, e-mails, engagements and deals, and the history of properties."""

from typing import Any

from features.importing.presets.kinds import YES, ExportKind, Others, RecognisedFile
from features.importing.presets.leads import LEAD_FIELDS, history_entry, lead_entry
from features.importing.presets.vocabulary import Vocabulary

STAGE_DATES = {
    "sql_at": "accepted",
    "opportunity_at": "opportunity",
    "customer_at": "won",
}
"""Stages by the field that says when a contact first reached them."""

ENGAGEMENTS = {"CALL": "call", "MEETING": "meeting", "EMAIL": "sales_email"}
EMAIL_EVENTS = {"OPEN": "email_open", "CLICK": "email_click"}


COMPANY_FACTS = ("industry", "company_size", "annual_revenue")
"""What the company's own record says best; the contact's copy counts where it says nothing."""
ALSO_OF_THE_COMPANY = ("country", "city")
"""What the contact's record says best."""


def _contacts(found: RecognisedFile, others: Others, words: Vocabulary) -> dict[str, Any]:
    entry = lead_entry(found, words, "hubspot_id")
    companies = others.get("HubSpot companies")
    if companies is not None and found.has("account_id"):
        _add_company(entry, found, companies=companies, words=words)
    outcomes = [
        {"stage": stage, "occurred_at": found.time(name)}
        for name, stage in STAGE_DATES.items()
        if found.has(name)
    ]
    if outcomes:
        entry["outcomes"] = outcomes
    if found.has("mql_at"):
        # Who decided is not in the export; HubSpot's own rule is the nearest to a rulebook.
        entry["hand_overs"] = [{"handed_over_at": found.time("mql_at"), "by": "rulebook"}]
    return entry


def _add_company(
    entry: dict[str, Any], found: RecognisedFile, *, companies: RecognisedFile, words: Vocabulary
) -> None:
    """Facts of a contact that its company's record holds; both exports say today's values only."""
    known = words.attributes()
    own = {fact["attribute"] for fact in entry.get("facts", ())}
    theirs = [
        name
        for name in (*COMPANY_FACTS, *ALSO_OF_THE_COMPANY)
        if name in known and companies.has(name) and (name in COMPANY_FACTS or name not in own)
    ]
    if not theirs:
        return
    join = _join(companies, "company", key="id", on=found.columns["account_id"])
    # A company that stands twice could be either of the two.
    entry["joins"] = [join | {"repeated": "ignore"}]
    kept = [fact for fact in entry.get("facts", ()) if fact["attribute"] not in theirs]
    entry["facts"] = kept + [
        {
            "attribute": name,
            "column": f"company.{companies.columns[name]}",
            "known_at": known[name],
        }
        for name in theirs
    ]


def _forms(found: RecognisedFile, _others: Others, words: Vocabulary) -> dict[str, Any] | None:
    behaviour = words.behaviour("form")
    if behaviour is None:
        return None
    identity = ["conversion"] if found.has("conversion") else ["lead", "form", "at"]
    event = {
        "behaviour": behaviour,
        "occurred_at": found.time("at"),
        "event_id": [found.columns[name] for name in identity],
    }
    return {"lead_id": found.columns["lead"], "events": [event]}


def _email_events(
    found: RecognisedFile, others: Others, words: Vocabulary
) -> dict[str, Any] | None:
    contacts, names = others.get("HubSpot contacts"), words.behaviours(EMAIL_EVENTS)
    if contacts is None or not contacts.has("email") or not names:
        return None
    lead_id = f"contact.{contacts.columns['id']}"
    event = {
        "behaviour": {"column": found.columns["type"], "values": names, "others": "skip"},
        "occurred_at": found.time("at"),
        "event_id": found.columns["id"],
    }
    return {
        # An address that two contacts share tells nobody whose the mail was.
        "joins": [
            _join(contacts, "contact", key="email", on=found.columns["recipient"])
            | {"repeated": "ignore"}
        ],
        # Mail also goes to people who are no contacts, or no longer.
        "when": [{"column": lead_id, "known": True}],
        "lead_id": lead_id,
        "events": [event],
    }


def _engagements(found: RecognisedFile, others: Others, words: Vocabulary) -> dict[str, Any] | None:
    joins, events = [], []
    names = words.behaviours(ENGAGEMENTS)
    for code, part in (("CALL", "calls"), ("MEETING", "meetings"), ("EMAIL", "emails")):
        other = others.get(f"HubSpot {part}")
        if other is None or code not in names:
            continue
        joins.append(_join(other, part, key="id", on=found.columns["engagement"]))
        event = {
            "behaviour": names[code],
            "occurred_at": other.time("at", f"{part}."),
            "event_id": [found.columns["engagement"], found.columns["lead"]],
            "when": {"column": found.columns["type"], "is_one_of": [code]},
        }
        events.append(event)
    if not events:
        return None
    return {"joins": joins, "lead_id": found.columns["lead"], "events": events}


def _deals(found: RecognisedFile, others: Others, _words: Vocabulary) -> dict[str, Any] | None:
    deals, stages = others.get("HubSpot deals"), others.get("HubSpot deal stages")
    if deals is None:
        return None
    joins = [_join(deals, "deal", key="id", on=found.columns["deal"])]
    created = deals.time("created", "deal.")
    key = {"deal": found.columns["deal"]}
    amount = {"value": f"deal.{deals.columns['amount']}"} if deals.has("amount") else {}
    outcomes: list[dict[str, Any]] = [
        {"stage": "opportunity", "occurred_at": created, **key, **amount}
    ]
    if stages is not None and deals.has("stage", "closed_at"):
        joins.append(_join(stages, "stage", key="id", on=f"deal.{deals.columns['stage']}"))
        won = f"stage.{stages.columns['won']}"
        closed_at = deals.time("closed_at", "deal.")
        is_closed = {"column": f"stage.{stages.columns['closed']}", "is_one_of": list(YES)}
        outcomes += [
            {
                "stage": "won",
                "occurred_at": closed_at,
                "when": {"column": won, "is_one_of": list(YES)},
                **key,
                **amount,
            },
            {
                "stage": "lost",
                "occurred_at": closed_at,
                "when": [is_closed, {"column": won, "not_in": list(YES)}],
                **key,
            },
        ]
    there = f"deal.{deals.columns['created']}"
    return {
        "joins": joins,
        "when": [{"column": there, "known": True}],
        "lead_id": found.columns["lead"],
        "outcomes": outcomes,
    }


def _history(found: RecognisedFile, _others: Others, words: Vocabulary) -> dict[str, Any] | None:
    return history_entry(found, words)


def _join(other: RecognisedFile, name: str, *, key: str, on: str) -> dict[str, Any]:
    return {"file": other.sheet.file, "as": name, "key": other.columns[key], "on": on}


_LEAD = ("contact_id", "Contact ID", "Associated Contact IDs")

EXPORTS = (
    ExportKind(
        name="HubSpot companies",
        fields={
            "id": ("Company ID", "Record ID", "レコードID", "id"),
            "name": ("property_name", "Company name", "会社名"),
            "domain": ("domain", "Company Domain Name", "会社のドメイン名"),
            "industry": ("industry", "業種"),
            "company_size": ("numberofemployees", "Number of Employees", "従業員数"),
            "annual_revenue": ("annualrevenue", "Annual Revenue", "年間売上"),
            "country": ("Country/Region", "国/地域", "country"),
            "city": ("City", "市区町村"),
        },
        needs=("id", "name", "industry"),
        telling=(
            "property_name",
            "Company Domain Name",
            "Company owner",
            "会社のドメイン名",
            "会社の担当者",
        ),
    ),
    ExportKind(
        name="HubSpot contacts",
        fields=LEAD_FIELDS
        | {
            "mql_at": (
                "hs_lifecyclestage_marketingqualifiedlead_date",
                "Became a Marketing Qualified Lead Date",
            ),
            "sql_at": (
                "hs_lifecyclestage_salesqualifiedlead_date",
                "Became a Sales Qualified Lead Date",
            ),
            "opportunity_at": (
                "hs_lifecyclestage_opportunity_date",
                "Became an Opportunity Date",
            ),
            "customer_at": ("hs_lifecyclestage_customer_date", "Became a Customer Date"),
        },
        needs=("id", "created"),
        one_of=("email", "first_name", "last_name", "name"),
        telling=(
            "Record ID",
            "レコードID",
            "hs_object_id",
            "hs_merged_object_ids",
            "hs_lead_status",
            "first_conversion_date",
            "Lifecycle Stage",
            "ライフサイクルステージ",
            "Marketing contact status",
            "マーケティングコンタクトステータス",
            "コンタクト担当者",
            "Contact owner",
        ),
        build=_contacts,
    ),
    ExportKind(
        name="HubSpot form submissions",
        fields={
            "lead": _LEAD,
            "at": ("timestamp", "Conversion Date", "Submitted at"),
            "form": ("form_id", "Form ID"),
            "conversion": ("conversion_id", "Conversion ID"),
        },
        needs=("lead", "at", "form"),
        build=_forms,
    ),
    ExportKind(
        name="HubSpot property history",
        fields={
            "lead": _LEAD,
            "at": ("timestamp",),
            "name": ("name",),
            "value": ("value",),
            "by": ("source", "source_id"),
        },
        needs=("lead", "at", "name", "value"),
        build=_history,
    ),
    ExportKind(
        name="HubSpot e-mail events",
        fields={
            "id": ("id",),
            "at": ("created",),
            "type": ("type",),
            "recipient": ("recipient",),
        },
        needs=("id", "at", "type", "recipient"),
        build=_email_events,
    ),
    ExportKind(
        name="HubSpot engagements of contacts",
        fields={
            "lead": ("contact_id",),
            "engagement": ("engagement_id",),
            "type": ("engagement_type",),
        },
        needs=("lead", "engagement", "type"),
        build=_engagements,
    ),
    ExportKind(
        name="HubSpot calls",
        fields={
            "id": ("engagement_id",),
            "at": ("property_hs_timestamp",),
            "type": ("type",),
        },
        needs=("id", "at", "type"),
    ),
    ExportKind(
        name="HubSpot meetings",
        fields={
            "id": ("engagement_id",),
            "at": ("start_time", "property_hs_meeting_start_time"),
            "ends": ("end_time", "property_hs_meeting_end_time"),
        },
        needs=("id", "at", "ends"),
    ),
    ExportKind(
        name="HubSpot emails",
        fields={
            "id": ("engagement_id",),
            "at": ("property_hs_timestamp",),
            "subject": ("property_hs_email_subject",),
        },
        needs=("id", "at", "subject"),
        telling=("property_hs_email_subject",),
    ),
    ExportKind(
        name="HubSpot deals of contacts",
        fields={"lead": ("contact_id",), "deal": ("deal_id",), "type": ("type_id",)},
        needs=("lead", "deal"),
        build=_deals,
    ),
    ExportKind(
        name="HubSpot deals",
        fields={
            "id": ("deal_id", "hs_object_id", "Record ID", "レコードID"),
            "name": ("dealname", "Deal Name", "取引名"),
            "created": ("createdate", "Create Date", "作成日"),
            "closed_at": ("closedate", "Close Date", "クローズ日"),
            "amount": ("amount", "Amount", "金額"),
            "stage": ("deal_pipeline_stage_id", "dealstage"),
        },
        needs=("id", "name", "created"),
        telling=("dealname", "Deal Name", "取引名"),
    ),
    ExportKind(
        name="HubSpot deal stages",
        fields={
            "id": ("stage_id",),
            "won": ("closed_won",),
            "closed": ("is_closed",),
            "pipeline": ("pipeline_id",),
        },
        needs=("id", "won", "closed"),
    ),
)
"""Kinds of exports of HubSpot."""
