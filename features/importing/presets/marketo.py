"""Marketo and Account Engagement (Pardot): leads, and activities told apart by a code."""

from typing import Any

from features.importing.presets.kinds import ExportKind, Others, RecognisedFile
from features.importing.presets.leads import LEAD_FIELDS, history_entry, lead_entry
from features.importing.presets.vocabulary import Vocabulary

MARKETO_CODES = {
    "1": "page",
    "2": "form",
    "9": "unsubscribe",
    "10": "email_open",
    "11": "email_click",
}
"""Activities of leads; sending and delivering mail is ours, not theirs."""

PARDOT_CODES = {
    "2": "page",
    "4": "form",
    "20": "page",
    "11": "email_open",
    "1": "email_click",
    "24": "webinar",
}
PARDOT_STAGES = {"8": "opportunity", "9": "won", "10": "lost"}
"""Outcomes that come inside the stream of activities."""


def _leads(found: RecognisedFile, _others: Others, words: Vocabulary) -> dict[str, Any]:
    return lead_entry(found, words, None)


def _changes(found: RecognisedFile, _others: Others, words: Vocabulary) -> dict[str, Any] | None:
    return history_entry(found, words)


def _marketo_activities(
    found: RecognisedFile, _others: Others, words: Vocabulary
) -> dict[str, Any] | None:
    return _coded_events(found, words.behaviours(MARKETO_CODES))


def _pardot_activities(
    found: RecognisedFile, _others: Others, words: Vocabulary
) -> dict[str, Any] | None:
    entry = _coded_events(found, words.behaviours(PARDOT_CODES))
    if entry is not None:
        stage = {"column": found.columns["type"], "values": PARDOT_STAGES, "others": "skip"}
        entry["outcomes"] = [{"stage": stage, "occurred_at": found.time("at")}]
    return entry


def _coded_events(found: RecognisedFile, names: dict[str, str]) -> dict[str, Any] | None:
    codes = set(found.sheet.columns[found.columns["type"]].unique().to_pylist())
    if not codes & set(names):
        return None
    event = {
        "behaviour": {"column": found.columns["type"], "values": names, "others": "skip"},
        "occurred_at": found.time("at"),
        "event_id": found.columns["id"],
    }
    return {"lead_id": found.columns["lead"], "events": [event]}


_ACTIVITY = {
    "id": ("marketoGUID", "id"),
    "lead": ("leadId",),
    "at": ("activityDate",),
    "type": ("activityTypeId",),
    "asset": ("primaryAttributeValue",),
}

EXPORTS = (
    ExportKind(
        name="Marketo leads",
        fields=LEAD_FIELDS,
        needs=("id", "created", "updated", "email"),
        build=_leads,
    ),
    ExportKind(
        name="Marketo changes of values",
        fields={
            **_ACTIVITY,
            "asset": (),
            "name": ("primaryAttributeValue",),
            "value": ("newValue",),
            "before": ("oldValue",),
        },
        needs=("lead", "at", "name", "value", "type"),
        build=_changes,
    ),
    ExportKind(
        name="Marketo activities",
        fields=_ACTIVITY,
        needs=("id", "lead", "at", "type"),
        build=_marketo_activities,
    ),
    ExportKind(
        name="Account Engagement activities",
        fields={
            "id": ("id",),
            "lead": ("prospectId",),
            "at": ("createdAt",),
            "type": ("type",),
        },
        needs=("id", "lead", "at", "type"),
        build=_pardot_activities,
    ),
    ExportKind(
        name="Zoho leads",
        fields=LEAD_FIELDS,
        needs=("id", "created"),
        one_of=("email", "first_name", "last_name", "name"),
        telling=(
            "Created Time",
            "作成時刻",
            "Modified Time",
            "更新時刻",
            "変更時刻",
            "$converted",
            "変換済み",
            "Lead Status",
            "リードステータス",
            "Lead Source",
            "リードソース",
        ),
        build=_leads,
    ),
)
"""Kinds of exports of Marketo, Account Engagement and Zoho."""
