"""The organisation behind a real socket: sessions, limits, pages, jobs, faults tests ask for."""

import csv
import io
import json
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from tests.contract.salesforce.org import Field, Org
from tests.contract.salesforce.soql import MalformedQuery

TOKEN = "00D-local!session"
PATH = re.compile(r"/services/data/v(?P<version>\d+\.\d)/(?P<rest>.*)")
PER_QUERY = 2_000

Answer = tuple[int, dict[str, str], Any]


@dataclass
class Faults:
    """What goes wrong, and when."""

    answers: deque[Answer] = field(default_factory=deque)
    """Answers given instead of the next ones."""
    cut_first_of_each: bool = False
    """Every request is carried out and its answer cut short; the second time it is answered."""
    on_call: Callable[[int, str], None] | None = None
    """Told the number and path of each request, before it is carried out."""
    sessions_end_after: int | None = None
    """Calls until every session given so far has expired."""


@dataclass
class Job:
    query: str
    polls: int = 0


@dataclass
class SalesforceServer:
    """One organisation, served."""

    org: Org
    url: str = ""
    faults: Faults = field(default_factory=Faults)
    calls: list[tuple[str, str]] = field(default_factory=list)
    used: int = 0
    allowed: int = 100_000
    sessions: set[str] = field(default_factory=lambda: {TOKEN})
    public_key: str | None = None
    consumer_key: str = "consumer"
    per_query: int = PER_QUERY
    logins: int = 0
    jobs: dict[str, Job] = field(default_factory=dict)
    cursors: dict[str, tuple[Any, list[Any]]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    headers: Any = None
    """Of the request that was answered last."""
    _cut: set[str] = field(default_factory=set)

    def respond(
        self, method: str, target: str, *, headers: Any, body: bytes
    ) -> tuple[Answer, bool]:
        """An answer, and whether it is to be cut short."""
        with self.lock:
            parts = urlsplit(target)
            if parts.path == "/services/oauth2/token":
                return self._token(parse_qs(body.decode())), False
            self.calls.append((method, target))
            if self.faults.on_call is not None:
                self.faults.on_call(len(self.calls), target)
            key = f"{method} {target} {body!r}"
            cut = self.faults.cut_first_of_each and key not in self._cut
            self._cut.add(key)
            if self.faults.answers:
                return self.faults.answers.popleft(), cut
            return self._checked(method, parts, headers, body), cut

    def _checked(self, method: str, parts: Any, headers: Any, body: bytes) -> Answer:
        refused = self._refused(headers)
        if refused is not None:
            return refused
        self.used, self.headers = self.used + 1, headers
        if parts.path == "/services/oauth2/userinfo":
            return 200, {}, {"user_id": self.org.user}
        found = PATH.fullmatch(parts.path)
        if found is None:
            return error(404, "NOT_FOUND", "The requested resource does not exist")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told = json.loads(body) if body else None
        status, more, answer = self._routed(method, found["rest"], asked, told)
        usage = {"Sforce-Limit-Info": f"api-usage={self.used}/{self.allowed}"}
        return status, usage | more, answer

    def _refused(self, headers: Any) -> Answer | None:
        ends = self.faults.sessions_end_after
        if ends is not None and len(self.calls) > ends:
            self.faults.sessions_end_after = None
            self.sessions.clear()
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.sessions:
            return error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.used >= self.allowed:
            return error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        return None

    def _routed(self, method: str, rest: str, asked: dict[str, str], told: Any) -> Answer:
        try:
            return self._route(method, rest, asked, told)
        except MalformedQuery as fault:
            return error(400, "MALFORMED_QUERY", str(fault))
        except KeyError as fault:
            return error(400, "INVALID_FIELD", f"No such column '{fault.args[0]}' on entity")
        except LookupError as fault:
            return error(400, "INVALID_TYPE", f"sObject type '{fault}' is not supported.")

    def _route(self, method: str, rest: str, asked: dict[str, str], told: Any) -> Answer:
        path = rest.rstrip("/")
        if path.startswith("query"):
            kind, _, locator = path.partition("/")
            if locator:
                return self._more(locator)
            return self._query(asked["q"], bin_too=kind == "queryAll")
        if path.startswith("jobs/query"):
            return self._job(method, path, asked, told)
        if path == "tooling/query":
            return self._custom_fields(asked["q"])
        return self._object(method, path, told)

    def _object(self, method: str, path: str, told: Any) -> Answer:
        if path.startswith("composite/sobjects"):
            return self._collection(method, path, told)
        if path.startswith("tooling/sobjects/CustomField"):
            return self._field(path.rpartition("/")[2], told)
        if found := re.fullmatch(r"sobjects/(\w+)/describe", path):
            return 200, {}, self._describe(found[1])
        if (found := re.fullmatch(r"sobjects/(\w+)", path)) and method == "POST":
            key = self.org.insert(found[1], **told)
            return 201, {}, {"id": key, "success": True, "errors": []}
        return error(404, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, form: dict[str, list[str]]) -> Answer:
        self.logins += 1
        try:
            claims = jwt.decode(
                form["assertion"][0],
                str(self.public_key),
                algorithms=["RS256"],
                audience="https://login.salesforce.com",
            )
        except jwt.PyJWTError:
            return 400, {}, {"error": "invalid_grant", "error_description": "invalid assertion"}
        if claims["iss"] != self.consumer_key:
            return 400, {}, {"error": "invalid_client_id", "error_description": "client unknown"}
        session = f"00D-jwt!{self.logins}"
        self.sessions.add(session)
        return 200, {}, {"access_token": session, "instance_url": self.url, "token_type": "Bearer"}

    def _query(self, text: str, *, bin_too: bool) -> Answer:
        query, rows = self.org.run(text, bin_too=bin_too)
        if query.aggregate == "COUNT()" and not query.columns:
            return 200, {}, {"totalSize": len(rows), "done": True, "records": []}
        if query.aggregate is not None:
            return 200, {}, self._aggregate(query, rows)
        name = f"01g{len(self.cursors):012d}"
        self.cursors[name] = (query, rows)
        return self._page(name, 0)

    def _aggregate(self, query: Any, rows: list[Any]) -> Any:
        function, _, column = query.aggregate.rstrip(")").partition("(")
        values = [v for row in rows if (v := self.org.value(row, column)) is not None]
        pick = {"MIN": min, "MAX": max}[function]
        name = query.columns[0] if query.columns else "expr0"
        record = {"attributes": {"type": "AggregateResult"}, name: pick(values, default=None)}
        return {"totalSize": 1, "done": True, "records": [record]}

    def _more(self, locator: str) -> Answer:
        name, _, start = locator.rpartition("-")
        if name not in self.cursors:
            return error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(name, int(start))

    def _page(self, name: str, start: int) -> Answer:
        query, rows = self.cursors[name]
        end = start + self.per_query
        answer: dict[str, Any] = {
            "totalSize": len(rows),
            "done": end >= len(rows),
            "records": [self.org.shown(query, row) for row in rows[start:end]],
        }
        if not answer["done"]:
            answer["nextRecordsUrl"] = f"/services/data/v67.0/query/{name}-{end}"
        return 200, {}, answer

    def _describe(self, kind: str) -> Any:
        return {
            "name": kind,
            "fields": [
                {
                    "name": item.name,
                    "label": item.label,
                    "type": item.type,
                    "custom": item.custom,
                    "externalId": item.external_id,
                    "picklistValues": item.values,
                }
                for item in self.org.fields[kind].values()
                if self.org.sees(kind, item.name)
            ],
        }

    def _job(self, method: str, path: str, asked: dict[str, str], told: Any) -> Answer:
        if method == "POST":
            self.org.run(told["query"], bin_too=True)
            name = f"750{len(self.jobs):012d}AAA"
            self.jobs[name] = Job(query=told["query"])
            return 200, {}, {"id": name, "state": "UploadComplete", "operation": "queryAll"}
        name = path.split("/")[2]
        job = self.jobs.get(name)
        if job is None:
            return error(404, "NOT_FOUND", "The requested resource does not exist")
        if not path.endswith("/results"):
            job.polls += 1
            state = "JobComplete" if job.polls > 1 else "InProgress"
            return 200, {}, {"id": name, "state": state}
        query, rows = self.org.run(job.query, bin_too=True)
        start, size = int(asked.get("locator", "0")), int(asked["maxRecords"])
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(query.columns)
        for row in rows[start : start + size]:
            writer.writerow([_cell(self.org.value(row, name)) for name in query.columns])
        after = str(start + size) if start + size < len(rows) else "null"
        told_rows = str(len(rows[start : start + size]))
        headers = {"Sforce-Locator": after, "Sforce-NumberOfRecords": told_rows}
        return 200, headers, text.getvalue()

    def _collection(self, method: str, path: str, told: Any) -> Answer:
        records = told["records"]
        if len(records) > 200:
            return error(400, "EXCEEDED_MAX_SIZE_REQUEST", "record limit reached: 200")
        parts = path.split("/")
        by = parts[3] if len(parts) == 4 else None
        results = [self._write(method, record, by) for record in records]
        return 200, {}, results

    def _write(self, method: str, record: dict[str, Any], by: str | None) -> dict[str, Any]:
        values = {name: value for name, value in record.items() if name != "attributes"}
        kind = record["attributes"]["type"]
        known = self.org.fields[kind]
        unknown = [
            name
            for name in values
            if name.lower() != "id" and (name not in known or not self.org.sees(kind, name))
        ]
        said = self.org.refuse_inserts.get(str(values.get("Awase_Key__c")))
        if unknown or said is not None:
            wrong = ("INVALID_FIELD", f"No such column '{[*unknown, ''][0]}' on sobject")
            return _failed(*(said or wrong), unknown)
        key = values.pop("Id", None) or values.pop("id", None)
        if by is not None:
            found = [k for k, r in self.org.records[kind].items()
                     if r.get(by) == values[by] and not r["IsDeleted"]]  # fmt: skip
            key = found[0] if found else None
        if method == "POST" or (by is not None and key is None):
            key = self.org.insert(kind, **values)
            return {"id": key, "success": True, "errors": [], "created": True}
        row = self.org.records[kind].get(str(key))
        if row is None or row["IsDeleted"]:
            return _failed("ENTITY_IS_DELETED", "entity is deleted", [])
        if row.get("IsConverted"):
            return _failed("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
        if (said := self._refuses(str(key))) is not None:
            return _failed(*said, [])
        assigns = str(self.headers.get("Sforce-Auto-Assign", "TRUE")).upper() != "FALSE"
        if kind == "Lead" and assigns and self.org.assigns_to is not None:
            values["OwnerId"] = self.org.assigns_to
        self.org.update(kind, str(key), **values)
        return {"id": key, "success": True, "errors": [], "created": False}

    def _refuses(self, key: str) -> tuple[str, str] | None:
        warned = "allowSave=true" in str(self.headers.get("Sforce-Duplicate-Rule-Header"))
        if key in self.org.looks_alike and not warned:
            return "DUPLICATES_DETECTED", "Use one of these records?"
        return self.org.refuse.get(key)

    def _field(self, key: str, told: Any) -> Answer:
        about = told["Metadata"]
        if key != "CustomField":
            kind, _, name = key.partition("-")
            self.org.fields[kind][name].values = _values(about)
            return 204, {}, ""
        kind, _, name = told["FullName"].partition(".")
        kinds = ("Task", "Event") if kind == "Activity" else (kind,)
        if name in self.org.fields[kinds[0]]:
            return error(400, "DUPLICATE_DEVELOPER_NAME", f"There is already a field named {name}")
        tracked = about.get("trackHistory", False)
        if tracked and kind not in self.org.history_on:
            return error(400, "FIELD_INTEGRITY_EXCEPTION", "history tracking is not enabled")
        if len(about["label"]) > 40:
            return error(400, "STRING_TOO_LONG", "Label: data value too large")
        for one in kinds:
            self._add(one, name, about)
        return 201, {}, {"id": f"{kinds[0]}-{name}", "success": True, "errors": []}

    def _add(self, kind: str, name: str, about: Any) -> None:
        tracked = about.get("trackHistory", False)
        self.org.fields[kind][name] = Field(
            name,
            about["label"],
            about["type"],
            tracked=tracked,
            custom=True,
            external_id=about.get("externalId", False),
            values=_values(about),
            shown=False,
        )
        for row in self.org.records[kind].values():
            row.setdefault(name, None)
        self.org.insert(
            "FieldDefinition",
            QualifiedApiName=name,
            IsFieldHistoryTracked=tracked,
            **{"EntityDefinition.QualifiedApiName": kind},
        )

    def _custom_fields(self, text: str) -> Answer:
        name, kind = (
            re.search(rf"{word} = '(\w+)'", text)[1]  # type: ignore[index]
            for word in ("DeveloperName", "TableEnumOrId")
        )
        rows = [{"Id": f"{kind}-{name}__c"}] if f"{name}__c" in self.org.fields[kind] else []
        return 200, {}, {"totalSize": len(rows), "done": True, "records": rows}


def _values(about: Any) -> list[dict[str, str]]:
    listed = about.get("valueSet", {}).get("valueSetDefinition", {}).get("value", ())
    return [{"value": item["fullName"], "label": item["label"]} for item in listed]


def error(status: int, code: str, words: str) -> Answer:
    return status, {}, [{"errorCode": code, "message": words}]


def _failed(code: str, words: str, fields: list[str]) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": words, "fields": fields}]}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its headers would wait 40 ms for an answer

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def _answer(self, method: str) -> None:
        served: SalesforceServer = self.server.served  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        (status, headers, told), cut = served.respond(
            method, self.path, headers=self.headers, body=body
        )
        text = told if isinstance(told, str) else json.dumps(told)
        sent = text.encode()
        self.send_response_only(status)
        self.send_header("Date", format_datetime(served.org.now, usegmt=True))
        kind = "text/csv" if isinstance(told, str) else "application/json"
        self.send_header("Content-Type", f"{kind};charset=UTF-8")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if cut:
            self.wfile.write(sent[: len(sent) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self.wfile.write(sent)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on standard error."""


@contextmanager
def serving(org: Org) -> Iterator[SalesforceServer]:
    """Serve an organisation on a free port of this machine while the block runs."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    served = SalesforceServer(org=org, url=f"http://127.0.0.1:{http.server_port}")
    http.served = served  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
