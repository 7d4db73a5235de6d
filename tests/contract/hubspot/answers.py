"""What HubSpot answers, by path: lists, searches, batches, associations, properties, forms.

Both the dated paths and the numbered ones that the vendor's own client still calls lead here.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.contract.hubspot.account import (
    DEFAULTS,
    ELSE,
    USUALLY_KEPT,
    VERSIONS_KEPT,
    Account,
    Property,
    Thing,
    iso_time,
)
from tests.contract.rest import Call

Json = dict[str, Any]
Reply = tuple[int, Json | None]


MOST_FOUND = 10_000
"""Results of a search that can be seen, however it is paged."""

DATED = r"(?:v3|v4|20\d\d-\d\d)"
WHERE_DATED = re.compile(
    rf"^/crm/(?:(?P<numbered>v3|v4)/(?P<a>\w+)|(?P<b>\w+)/{DATED})(?P<rest>/.*)$"
)


@dataclass
class Answer(Exception):
    """An answer that is an error."""

    status: int
    body: Json


def error(status: int, category: str, message: str, **more: Any) -> Answer:
    body = {"status": "error", "category": category, "message": message, "correlationId": "c-1"}
    return Answer(status, body | more)


def invalid(message: str, **more: Any) -> Answer:
    return error(400, "VALIDATION_ERROR", message, **more)


def respond(account: Account, call: Call) -> Reply:
    """Status and body of an answer."""
    try:
        return _route(account, call)
    except Answer as answer:
        return answer.status, answer.body


def _route(account: Account, call: Call) -> Reply:
    path, query = call.path, call.query
    found = WHERE_DATED.match(path)
    if found is not None:
        api, rest = found["a"] or found["b"], found["rest"].strip("/").split("/")
        handler = _CRM.get(api)
        if handler is not None:
            return handler(account, call, rest)
    if re.fullmatch(rf"/account-info/{DATED}/details", path):
        return 200, {"portalId": account.portal, "accountType": account.type}
    if path.startswith("/marketing/"):
        return 200, _pages(list(account.forms.values()), query, most=50)
    if path.startswith("/form-integrations/v1/submissions/forms/"):
        newest = sorted(
            account.submissions.get(path.rsplit("/", 1)[1], []), key=lambda s: -s["submittedAt"]
        )
        return 200, _pages(newest, query, most=50)
    raise error(404, "OBJECT_NOT_FOUND", f"no such path: {path}")


def _pages(items: list[Json], query: Json, *, most: int) -> Json:
    limit = int(query.get("limit", 20))
    if limit > most:
        raise invalid(f"limit must be at most {most}")
    begin = int(query.get("after") or 0)
    page: Json = {"results": items[begin : begin + limit]}
    if begin + limit < len(items):
        page["paging"] = {"next": {"after": str(begin + limit)}}
    return page


def _objects(account: Account, call: Call, rest: list[str]) -> Reply:  # noqa: PLR0911
    method, query, body = call.method, call.query, call.body
    kind, *more = rest
    match (method, more):
        case ("GET", []):
            return 200, _list(account, kind, query)
        case ("POST", ["search"]):
            return 200, _search(account, kind, body)
        case ("POST", ["merge"]):
            merged = account.merge(kind, str(body["primaryObjectId"]), str(body["objectIdToMerge"]))
            return 200, shown(kind, merged)
        case ("POST", ["batch", what]):
            if what == "read":
                return _batch_read(account, kind, body, archived=_archived(query))
            return _BATCHES[what](account, kind, body)
        case ("POST", []):
            return 201, shown(kind, _create_one(account, kind, body))
        case ("GET", [key]):
            thing = _by(account, kind, query.get("idProperty"), key)
            if thing is None:
                raise error(404, "OBJECT_NOT_FOUND", "Object not found.")
            history = _split(query.get("propertiesWithHistory"))
            return 200, shown(kind, thing, _split(query.get("properties")), history)
        case ("PATCH", [key]):
            if account.find(kind, key) is None:
                raise error(404, "OBJECT_NOT_FOUND", "Object not found.")
            _check_values(account, kind, body["properties"])
            return 200, shown(kind, account.update(kind, key, body["properties"]))
        case ("DELETE", [key]):
            account.archive(kind, key)
            return 204, None
    raise error(404, "OBJECT_NOT_FOUND", "no such path")


def _split(text: str | None) -> list[str]:
    return [name for name in (text or "").split(",") if name]


def shown(
    kind: str, thing: Thing, properties: list[str] | None = None, history: list[str] | None = None
) -> Json:
    """A record as it is given out."""
    names = dict.fromkeys((*DEFAULTS.get(kind, ELSE), *(properties or ())))
    told: Json = {
        "id": thing.id,
        "properties": {name: thing.value(name) for name in names},
        "createdAt": iso_time(thing.created),
        "updatedAt": iso_time(thing.changed),
        "archived": thing.archived_at is not None,
    }
    if thing.archived_at is not None:
        told["archivedAt"] = iso_time(thing.archived_at)
    if history:
        kept = VERSIONS_KEPT.get(kind, USUALLY_KEPT)
        told["propertiesWithHistory"] = {
            name: [_version(v) for v in reversed(thing.history[name][-kept:])]
            for name in history
            if name in thing.history
        }
    return told


def _version(version: Any) -> Json:
    told: Json = {
        "value": version.value,
        "timestamp": iso_time(version.at),
        "sourceType": "CRM_UI" if version.user else "INTEGRATION",
    }
    if version.user:
        told |= {"sourceId": f"userId:{version.user}", "updatedByUserId": version.user}
    return told


def _list(account: Account, kind: str, query: Json) -> Json:
    limit = int(query.get("limit", 10))
    history = _split(query.get("propertiesWithHistory"))
    most = 50 if history else 100
    if limit > most:
        raise invalid(f"limit must be at most {most}")
    after = int(query.get("after") or 0)
    page, more = account.page(kind, archived=_archived(query), after=after, limit=limit)
    results = [shown(kind, thing, _split(query.get("properties")), history) for thing in page]
    for to_kind in _split(query.get("associations")):
        for told in results:
            _add_links(account, kind, told, to_kind)
    answer: Json = {"results": results}
    if more:
        answer["paging"] = {"next": {"after": page[-1].id}}
    return answer


def _add_links(account: Account, kind: str, told: Json, to_kind: str) -> None:
    linked = account.linked(kind, told["id"], to_kind)
    if linked:
        name = f"{kind[:-1]}_to_{to_kind[:-1]}"
        told.setdefault("associations", {})[to_kind] = {
            "results": [{"id": key, "type": name} for key in linked]
        }


def _search(account: Account, kind: str, body: Json) -> Json:
    limit, after = int(body.get("limit", 10)), int(body.get("after") or 0)
    if limit > 200:
        raise invalid("limit must be at most 200")
    if after + limit > MOST_FOUND:
        raise invalid(f"search results can be paged up to {MOST_FOUND:,}")
    groups = body.get("filterGroups", [])
    if len(groups) > 5 or any(len(group["filters"]) > 6 for group in groups):
        raise invalid("at most 5 groups of 6 filters")
    things = [
        thing
        for thing in account.listed(kind, archived=False)
        if not groups or any(all(_meets(thing, f) for f in group["filters"]) for group in groups)
    ]
    for sort in reversed(body.get("sorts", [])):
        name = sort["propertyName"] if isinstance(sort, dict) else sort
        down = isinstance(sort, dict) and sort.get("direction") == "DESCENDING"
        things.sort(key=lambda thing: _comparable(thing.value(name)), reverse=down)
    page = things[after : after + limit]
    properties = body.get("properties") or []
    answer: Json = {
        "total": len(things),
        "results": [shown(kind, thing, properties) for thing in page],
    }
    if after + limit < len(things):
        answer["paging"] = {"next": {"after": str(after + limit)}}
    return answer


def _comparable(text: str | None) -> tuple[int, float, str]:
    if not text:
        return (0, 0.0, "")
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return (1, float(text), "")
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", text):
        return (1, _milliseconds(text), "")
    return (2, 0.0, text.lower())


def _milliseconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def _meets(thing: Thing, condition: Json) -> bool:
    mine = thing.value(condition["propertyName"])
    operator = condition["operator"]
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return bool(mine) == (operator == "HAS_PROPERTY")
    if mine is None:
        return False
    if operator == "IN":
        return mine.lower() in [value.lower() for value in condition["values"]]
    here, there = _comparable(mine), _comparable(str(condition["value"]))
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "EQ": lambda a, b: a == b,
        "NEQ": lambda a, b: a != b,
        "GT": lambda a, b: a > b,
        "GTE": lambda a, b: a >= b,
        "LT": lambda a, b: a < b,
        "LTE": lambda a, b: a <= b,
    }
    if operator not in tests:
        raise invalid(f"unknown operator {operator}")
    return tests[operator](here, there)


def _archived(query: Json) -> bool:
    return str(query.get("archived", "")).lower() == "true"


def _by(
    account: Account, kind: str, name: str | None, key: str, *, archived: bool = False
) -> Thing | None:
    if name:
        return account.by_property(kind, name, key)
    return account.find(kind, key, archived=archived)


def _batch_read(account: Account, kind: str, body: Json, *, archived: bool) -> tuple[int, Json]:
    history = body.get("propertiesWithHistory") or []
    if history and len(body["inputs"]) > 50:
        raise invalid(
            "The maximum number of inputs supported in a batch request for property histories is "
            "50. Please reduce the number of items and try again"
        )
    _check_size(body)
    found, lacking = {}, []
    for item in body["inputs"]:
        thing = _by(account, kind, body.get("idProperty"), item["id"], archived=archived)
        if thing is None:
            lacking.append(item["id"])
        else:
            found[thing.id] = shown(kind, thing, body.get("properties"), history)
    return _multi(list(found.values()), [_not_found(lacking)] if lacking else [])


def _check_size(body: Json) -> None:
    if len(body["inputs"]) > 100:
        raise invalid("a batch holds at most 100 inputs")


def _multi(results: list[Json], errors: list[Json], status: int = 200) -> tuple[int, Json]:
    now = iso_time(0)
    answer: Json = {
        "status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now
    }  # fmt: skip
    if errors:
        answer |= {"numErrors": len(errors), "errors": errors}
        return 207, answer
    return status, answer


def _not_found(ids: list[str]) -> Json:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some objects, they may be deleted or not exist.",
        "context": {"ids": ids},
    }


def _batch_update(account: Account, kind: str, body: Json) -> tuple[int, Json]:
    _check_size(body)
    for item in body["inputs"]:
        _check_values(account, kind, item["properties"])
    results, lacking = [], []
    for item in body["inputs"]:
        if account.find(kind, item["id"]) is None:
            lacking.append(item["id"])
        else:
            thing = account.update(kind, item["id"], item["properties"])
            results.append(shown(kind, thing, list(item["properties"])))
    return _multi(results, [_not_found(lacking)] if lacking else [])


def _batch_create(account: Account, kind: str, body: Json) -> tuple[int, Json]:
    _check_size(body)
    for item in body["inputs"]:
        _check_values(account, kind, item["properties"])
    made = []
    for item in body["inputs"]:
        thing = _create_one(account, kind, item)
        told = shown(kind, thing, list(item["properties"]))
        if "objectWriteTraceId" in item:
            told["objectWriteTraceId"] = item["objectWriteTraceId"]
        made.append(told)
    return _multi(made, [], 201)


def _create_one(account: Account, kind: str, item: Json) -> Thing:
    _check_values(account, kind, item["properties"])
    for link in item.get("associations") or ():
        if account.find("contacts", str(link["to"]["id"])) is None:
            raise invalid("associations must be with records that exist")
    thing = account.create(kind, item["properties"])
    for link in item.get("associations") or ():
        account.link(kind, thing.id, "contacts", account.current("contacts", str(link["to"]["id"])))
    return thing


def _batch_archive(account: Account, kind: str, body: Json) -> tuple[int, Json | None]:
    for item in body["inputs"]:
        account.archive(kind, item["id"])
    return 204, None


_BATCHES: dict[str, Callable[[Account, str, Json], tuple[int, Json | None]]] = {
    "update": _batch_update,
    "create": _batch_create,
    "archive": _batch_archive,
}


def _check_values(account: Account, kind: str, values: Json) -> None:
    """One bad value and the whole batch is refused, as in HubSpot."""
    defined = account.properties.get(kind, {})
    for name, value in values.items():
        known = defined.get(name)
        if known is None:
            fault = {
                "isValid": False,
                "message": f'Property "{name}" does not exist',
                "error": "PROPERTY_DOESNT_EXIST",
                "name": name,
            }
            raise invalid(f"Property values were not valid: {json.dumps([fault])}")
        if value in (None, ""):
            continue
        if known.type == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
            raise invalid(f'"{name}" was not a valid number')
        allowed = [option["value"] for option in known.options]
        if known.type == "enumeration" and str(value) not in allowed:
            raise invalid(f'"{name}": {value} was not one of the allowed options')
        if known.type == "string" and len(str(value)) > 65_536:
            raise invalid(f'"{name}" is longer than 65,536 characters')


def _associations(account: Account, call: Call, rest: list[str]) -> Reply:
    match (call.method, rest):
        case ("POST", [from_kind, to_kind, "batch", "read"]):
            return _read_links(account, from_kind, to_kind, call.body)
    raise error(404, "OBJECT_NOT_FOUND", "no such path")


PER_LINK_PAGE = 500


def _read_links(account: Account, from_kind: str, to_kind: str, body: Json) -> tuple[int, Json]:
    if len(body["inputs"]) > 1_000:
        raise invalid("at most 1,000 inputs")
    results, errors = [], []
    for item in body["inputs"]:
        linked = account.linked(from_kind, item["id"], to_kind)
        begin = int(item.get("after") or 0)
        if not linked:
            errors.append(
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                    "message": "No associations found",
                    "context": {"fromObjectId": [item["id"]]},
                }
            )
            continue
        part = linked[begin : begin + PER_LINK_PAGE]
        told: Json = {
            "from": {"id": item["id"]},
            "to": [
                {
                    "toObjectId": int(key),
                    "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": 202, "label": None}
                    ],
                }
                for key in part
            ],
        }
        if begin + PER_LINK_PAGE < len(linked):
            told["paging"] = {"next": {"after": str(begin + PER_LINK_PAGE)}}
        results.append(told)
    return _multi(results, errors)


def _properties(account: Account, call: Call, rest: list[str]) -> Reply:
    method, body = call.method, call.body
    kind, *more = rest
    match (method, more):
        case ("GET", []):
            defined = account.properties.get(kind, {}).values()
            return 200, {"results": [_property(item) for item in defined]}
        case ("GET", ["groups"]):
            groups = account.groups.get(kind, {})
            return 200, {"results": [{"name": n, "label": text} for n, text in groups.items()]}
        case ("POST", ["groups"]):
            account.groups.setdefault(kind, {})[body["name"]] = body["label"]
            return 201, body
        case ("POST", []):
            if body["name"] in account.properties.get(kind, {}):
                raise error(409, "OBJECT_ALREADY_EXISTS", "A property with that name exists")
            if body["groupName"] not in account.groups.get(kind, {}):
                raise invalid("the group does not exist")
            made = Property(
                name=body["name"],
                label=body["label"],
                type=body["type"],
                field_type=body["fieldType"],
                group=body["groupName"],
                options=body.get("options", []),
                hubspot=False,
            )
            account.define(kind, [made])
            return 201, _property(made)
        case ("PATCH", [name]):
            known = account.properties[kind][name]
            known.options = body.get("options", known.options)
            known.label = body.get("label", known.label)
            return 200, _property(known)
    raise error(404, "OBJECT_NOT_FOUND", "no such path")


def _property(item: Property) -> Json:
    return {
        "name": item.name,
        "label": item.label,
        "type": item.type,
        "fieldType": item.field_type,
        "groupName": item.group,
        "description": "",
        "options": item.options,
        "calculated": item.calculated,
        "hubspotDefined": item.hubspot,
        "hidden": False,
    }


def _pipelines(account: Account, _call: Call, rest: list[str]) -> Reply:
    return 200, {"results": account.pipelines.get(rest[0], [])}


_CRM = {
    "objects": _objects,
    "associations": _associations,
    "properties": _properties,
    "pipelines": _pipelines,
}
