"""Salesforce: leads, what became of them, and the tasks and events of sales."""

from typing import Any

from features.importing.presets.kinds import YES, ExportKind, Others, RecognisedFile
from features.importing.presets.leads import LEAD_FIELDS, lead_entry
from features.importing.presets.vocabulary import Vocabulary

TASKS = {"Call": "call", "Email": "sales_email", "Meeting": "meeting"}


def _leads(found: RecognisedFile, others: Others, words: Vocabulary) -> dict[str, Any]:
    entry = lead_entry(found, words, "salesforce_id")
    outcomes: list[dict[str, Any]] = []
    if found.has("converted_at"):
        # Converting a lead is how sales take it on; with an opportunity it is one.
        converted_at = found.time("converted_at")
        outcomes.append({"stage": "accepted", "occurred_at": converted_at})
        if found.has("opportunity"):
            there = {"column": found.columns["opportunity"], "known": True}
            outcomes.append({"stage": "opportunity", "occurred_at": converted_at, "when": there})
    deals = others.get("Salesforce opportunities")
    if deals is not None and found.has("opportunity"):
        entry["joins"] = [
            {
                "file": deals.sheet.file,
                "as": "deal",
                "key": deals.columns["id"],
                "on": found.columns["opportunity"],
            }
        ]
        outcomes += _ends(deals)
    if outcomes:
        entry["outcomes"] = outcomes
    return entry


def _ends(deals: RecognisedFile) -> list[dict[str, Any]]:
    won, closed = (f"deal.{deals.columns[name]}" for name in ("won", "closed"))
    closed_at = deals.time("closed_at", "deal.")
    key = {"deal": f"deal.{deals.columns['id']}"}
    value = {"value": f"deal.{deals.columns['amount']}"} if deals.has("amount") else {}
    return [
        {
            "stage": "won",
            "occurred_at": closed_at,
            "when": {"column": won, "is_one_of": list(YES)},
            **key,
            **value,
        },
        {
            "stage": "lost",
            "occurred_at": closed_at,
            "when": [
                {"column": closed, "is_one_of": list(YES)},
                {"column": won, "not_in": list(YES)},
            ],
            **key,
        },
    ]


def _activities(found: RecognisedFile, others: Others, words: Vocabulary) -> dict[str, Any] | None:
    leads, names = others.get("Salesforce leads"), words.behaviours(TASKS)
    if leads is None or not names:
        return None
    lead_id = f"lead.{leads.columns['id']}"
    event = {
        "behaviour": {"column": found.columns["type"], "values": names, "others": "skip"},
        "occurred_at": found.time("at"),
        "event_id": found.columns["id"],
    }
    return {
        "joins": [
            {
                "file": leads.sheet.file,
                "as": "lead",
                "key": leads.columns["id"],
                "on": found.columns["who"],
            }
        ],
        # The same column names contacts, who are leads no longer.
        "when": [*found.alive, {"column": lead_id, "known": True}],
        "lead_id": lead_id,
        "events": [event],
    }


EXPORTS = (
    ExportKind(
        name="Salesforce leads",
        fields=LEAD_FIELDS
        | {
            "converted_at": ("ConvertedDate", "Converted Date", "取引開始日"),
            "opportunity": ("ConvertedOpportunityId", "Converted Opportunity ID"),
        },
        needs=("id", "created"),
        one_of=("email", "first_name", "last_name", "name"),
        telling=(
            "IsConverted",
            "Converted",
            "取引開始済み",
            "ConvertedDate",
            "取引開始日",
            "Lead Status",
            "リード状況",
            "Lead Source",
            "リードソース",
        ),
        build=_leads,
    ),
    ExportKind(
        name="Salesforce accounts",
        fields={
            "id": ("Account ID", "取引先ID", "id"),
            "name": ("Account Name", "取引先名", "name"),
            "industry": ("Industry", "業種"),
            "number": ("AccountNumber",),
            "source": ("AccountSource",),
        },
        needs=("id", "name", "number"),
        telling=("AccountNumber", "AccountSource"),
    ),
    ExportKind(
        name="Salesforce opportunities",
        fields={
            "id": ("Opportunity ID", "商談ID", "id"),
            "stage": ("StageName", "Stage", "フェーズ"),
            "closed_at": ("CloseDate", "Close Date", "完了予定日"),
            "amount": ("Amount", "金額"),
            "closed": ("is_closed", "Closed", "完了", "クローズ"),
            "won": ("is_won", "Won", "成立"),
            "fiscal": ("Fiscal",),
        },
        needs=("id", "stage", "closed_at", "closed", "won"),
    ),
    ExportKind(
        name="Salesforce tasks and events",
        fields={
            "id": ("id", "Activity ID", "活動ID"),
            "who": ("WhoId", "Name ID"),
            "at": ("CompletedDateTime", "ActivityDateTime", "ActivityDate", "Date", "期日"),
            "type": ("TaskSubtype", "type"),
            "deleted": ("is_deleted",),
        },
        needs=("id", "who", "at", "type"),
        build=_activities,
    ),
)
"""Kinds of exports of Salesforce."""
