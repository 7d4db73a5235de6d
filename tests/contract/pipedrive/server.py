"""What Pipedrive answers, by path: lists with cursors, changes, fields, logs, notes, searches."""

import base64
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from tests.contract.pipedrive.company import KINDS, Company, Field, Json, Row
from tests.contract.rest import Call, RestServer, served

TOKEN = "0000aaaa0000bbbb0000cccc0000dddd0000eeee"
FIELDS = {
    "personFields": "persons",
    "organizationFields": "organizations",
    "dealFields": "deals",
    "activityFields": "activities",
}
MOST, MOST_IDS = 500, 100
FILTERS = {"persons": ("org_id",), "deals": ("person_id",), "activities": ("person_id",)}

Reply = tuple[int, Json]


class PipedriveServer(RestServer):
    """One company, served."""

    header: ClassVar[str] = "x-api-token"
    token: ClassVar[str] = TOKEN

    def now(self) -> float:
        return float(self.account.now())

    def respond(self, call: Call) -> Reply:
        version, kind, *rest = call.path.removeprefix("/api/").split("/")
        handler = _V1.get(kind) if version == "v1" else _V2.get(kind)
        if version == "v1" and rest[1:] == ["changelog"] and kind in KINDS:
            return _changelog(self.account, kind, int(rest[0]), call)
        if handler is None:
            return _error(404, "Unknown method.")
        return handler(self.account, call, kind, rest)

    def expired(self) -> Any:
        return {"success": False, "error": "unauthorized access", "errorCode": 401}


def _error(status: int, said: str, info: str = "") -> Reply:
    return status, {"success": False, "error": said, "error_info": info}


def _page(items: list[Json], query: dict[str, str], *, most: int = MOST) -> Reply:
    limit = int(query.get("limit", 100))
    if limit > most:
        return _error(400, "Validation failed", f"limit must not be greater than {most}")
    begin = 0
    if "cursor" in query:
        try:
            begin = int(base64.b64decode(query["cursor"], validate=True))
        except ValueError:
            return _error(400, "Invalid cursor")
    part = [item for item in items if item["_place"] >= begin][: limit + 1]
    after = base64.b64encode(str(part[limit]["_place"]).encode()).decode() if part[limit:] else None
    data = [{k: v for k, v in item.items() if k != "_place"} for item in part[:limit]]
    return 200, {"success": True, "data": data, "additional_data": {"next_cursor": after}}


def shown(company: Company, kind: str, row: Row) -> Json:
    """A record as it is given out."""
    told: Json = {
        "id": row.id,
        **row.values,
        "add_time": iso_time(row.added),
        "update_time": iso_time(row.updated),
        "is_deleted": row.deleted,
        "_place": row.id,
    }
    if kind != "activities":
        customs = [f.code for f in company.fields[kind].values() if f.custom]
        told["custom_fields"] = {code: row.custom.get(code) for code in customs}
    return told


def iso_time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _records(company: Company, call: Call, kind: str, rest: list[str]) -> Reply:
    if rest == ["search"] and kind == "persons":
        return _search(company, call.query)
    archived = rest == ["archived"] and kind == "deals"
    if rest and not archived:
        row = company.rows[kind].get(int(rest[0]))
        if call.method == "PATCH":
            return _patch(company, kind, int(rest[0]), call.body)
        if row is None:
            return _error(404, f"{kind[:-1].capitalize()} not found")
        return 200, {"success": True, "data": _whole(company, kind, row)}
    query = call.query
    rows = [row for row in company.listed(kind) if row.archived == archived]
    if "ids" in query:
        ids = [int(key) for key in query["ids"].split(",") if key]
        if len(ids) > MOST_IDS:
            return _error(400, "Validation failed", f"at most {MOST_IDS} ids")
        rows = [row for row in rows if row.id in ids]
    for name in FILTERS.get(kind, ()):
        if name in query:
            rows = [row for row in rows if _belongs(row, name, int(query[name]))]
    if "done" in query:
        rows = [row for row in rows if bool(row.values.get("done")) == (query["done"] == "true")]
    if "updated_since" in query:
        since = datetime.fromisoformat(query["updated_since"]).timestamp()
        rows = [row for row in rows if row.updated >= since]
    rows.sort(key=lambda row: row.id)
    return _page([shown(company, kind, row) for row in rows], query)


def _belongs(row: Row, name: str, key: int) -> bool:
    # A list by person holds those whose first participant the person is.
    return row.values.get(name) == key


def _whole(company: Company, kind: str, row: Row) -> Json:
    return {k: v for k, v in shown(company, kind, row).items() if k != "_place"}


def _patch(company: Company, kind: str, key: int, body: Json) -> Reply:
    if company.find(kind, key) is None:
        return _error(404, f"{kind[:-1].capitalize()} not found")
    for code, value in body.get("custom_fields", {}).items():
        known = company.fields[kind].get(code)
        fault = "unknown field" if known is None else _fault(known, value)
        if fault:
            return _error(400, "Validation failed", f"{code}: {fault}")
    row = company.change(kind, key, **body.get("custom_fields", {}))
    return 200, {"success": True, "data": _whole(company, kind, row)}


def _fault(known: Field, value: Any) -> str:
    """Why a field does not take a value; version 2 turns no text into a number."""
    kinds = {"double": (int, float), "enum": int, "varchar": str, "text": str, "date": str}
    if value is None:
        return ""
    if not isinstance(value, kinds.get(known.type, object)):
        return f"must be of type {known.type}"
    if known.type == "enum" and value not in known.options:
        return f"{value} is not one of the options"
    if known.type == "varchar" and len(value) > 255:
        return "must have at most 255 characters"
    if known.type == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "must be a date"
    return ""


def _search(company: Company, query: dict[str, str]) -> Reply:
    term = query["term"].casefold()
    found = [
        row
        for row in company.listed("persons")
        if any(one["value"].casefold() == term for one in row.values.get("emails") or ())
    ]
    items = [{"result_score": 1.0, "item": {"id": row.id, "type": "person"}} for row in found]
    return 200, {"success": True, "data": {"items": items}, "additional_data": {}}


def _changelog(company: Company, kind: str, key: int, call: Call) -> Reply:
    row = company.rows[kind].get(key)
    if row is None:
        return _error(404, "not found")
    # The newest first, as people see it.
    entries = [
        {
            "field_key": entry.key,
            "old_value": entry.old,
            "new_value": entry.new,
            "actor_user_id": entry.user,
            "time": iso_time(entry.at).replace("T", " ").removesuffix("Z"),
            "change_source": "app",
            "is_bulk_update_flag": False,
            "_place": place,
        }
        for place, entry in enumerate(reversed(row.log))
    ]
    return _page(entries, call.query)


def _fields(company: Company, call: Call, kind: str, rest: list[str]) -> Reply:
    there = company.fields[FIELDS[kind]]
    if call.method == "GET":
        return _page([_field(one, place) for place, one in enumerate(there.values())], call.query)
    if len(rest) == 2 and rest[1] == "options":
        company.add_options(there[rest[0]], [option["label"] for option in call.body])
        return 200, {"success": True, "data": []}
    body = call.body
    if body["field_type"] in ("enum", "set") and not body.get("options"):
        return _error(400, "Validation failed", "options are required")
    made = company.define(
        FIELDS[kind],
        body["field_name"],
        type=body["field_type"],
        description=body.get("description", ""),
        options=[option["label"] for option in body.get("options", ())],
    )
    return 201, {"success": True, "data": _field(made, 0)}


def _field(one: Field, place: int) -> Json:
    return {
        "field_code": one.code,
        "field_name": one.name,
        "field_type": one.type,
        "description": one.description,
        "is_custom_field": one.custom,
        "options": [{"id": key, "label": label} for key, label in one.options.items()] or None,
        "_place": place,
    }


def _pipelines(company: Company, call: Call, kind: str, _rest: list[str]) -> Reply:
    if kind == "pipelines":
        items = [{"id": k, "name": name, "_place": k} for k, name in company.pipelines.items()]
    else:
        items = [{"id": k, "pipeline_id": p, "_place": k} for k, p in company.stages.items()]
    return _page(items, call.query)


def _notes(company: Company, call: Call, _kind: str, _rest: list[str]) -> Reply:
    if call.method == "POST":
        if company.find("persons", call.body["person_id"]) is None:
            return _error(400, "Person not found.")
        return 201, {
            "success": True,
            "data": company.note(call.body["person_id"], call.body["content"]),
        }
    start, limit = int(call.query.get("start", 0)), int(call.query.get("limit", 100))
    person = int(call.query["person_id"])
    found = [note for note in company.notes.values() if note["person_id"] == person]
    more = start + limit < len(found)
    place = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        place["next_start"] = start + limit
    data = found[start : start + limit] or None
    return 200, {"success": True, "data": data, "additional_data": {"pagination": place}}


def _me(company: Company, _call: Call, _kind: str, rest: list[str]) -> Reply:
    if rest != ["me"]:
        return _error(404, "Unknown method.")
    about = {"id": company.user, "company_id": company.number, "default_currency": company.currency}
    return 200, {"success": True, "data": about}


Handler = Callable[[Company, Call, str, list[str]], Reply]

_V1: dict[str, Handler] = {"users": _me, "notes": _notes}
_V2: dict[str, Handler] = {
    **dict.fromkeys(KINDS, _records),
    **dict.fromkeys(FIELDS, _fields),
    "pipelines": _pipelines,
    "stages": _pipelines,
}


@contextmanager
def serving(company: Company) -> Iterator[PipedriveServer]:
    """The company on a port of this machine, until the block ends."""
    with served(PipedriveServer(company)) as running:
        yield running
