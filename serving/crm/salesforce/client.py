"""Salesforce's REST interface: the one place that knows its limits and its errors.

Limits are the documented ones of September 2026 (Salesforce Developer Limits and Allocations).
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from features.core.formats import agreed_share
from serving.crm.client import ATTEMPTS, LONGEST_WAIT, CrmClient, Json, in_parts
from serving.crm.errors import CrmRefused, CrmUnavailable, QuotaSpent, TokenRefused
from serving.crm.salesforce.login import VERSION, Login, open_session

PER_QUERY = 2_000
"""Rows of one page of a query."""
PER_COLLECTION = 200
"""Records of one call that writes."""
PER_BULK_PAGE = 50_000
IDS_PER_QUERY = 400
"""Ids listed in one condition: a query's text may have 100,000 characters, its address 16,384."""
LEFT_FOR_OTHERS = 0.1
"""Share of the day's calls that we leave to other programs of the organisation."""

ALIVE = "AND IsDeleted = FALSE"
"""Condition that leaves out what is in the bin."""

NOTHING_ELSE = {
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Duplicate-Rule-Header": "allowSave=true",
}
"""With every write: no rule hands the record to another owner because of it, and a rule that only
warns of duplicates, which our fields cannot make, does not stop it."""

TIMEOUT = (10.0, 120.0)
"""Seconds to connect, and between two pieces of an answer."""
LONGEST_JOB = 3_600.0
"""Seconds a bulk query may take before we give up on it."""


@dataclass(kw_only=True)
class SalesforceClient(CrmClient):
    """Calls within one organisation."""

    vendor: ClassVar[str] = "salesforce"
    login: Login
    http: Any = field(default=None, repr=False)
    _session: Any = field(default=None, init=False, repr=False)
    # How many of the day's calls are used, once too few are left.
    _used_up: str = field(default="", init=False)
    _user_id: str = field(default="", init=False)
    _described: dict[str, dict[str, Json]] = field(default_factory=dict, init=False, repr=False)

    def close(self) -> None:
        """Give back all connections."""
        if self._session is not None:
            self._session.session.close()

    def ask_account(self) -> tuple[str, bool]:
        """The organisation, and whether it is a sandbox."""
        (told,) = self.rows("SELECT Id, IsSandbox FROM Organization")
        return told["Id"], told["IsSandbox"]

    def rows(self, soql: str) -> list[Json]:
        """All rows of a query; those in the bin too, which say so in ``IsDeleted``."""
        return [row for page in self.query(soql) for row in page]

    def rows_of(self, soql: str, ids: Sequence[str], more: str = "") -> Iterator[Json]:
        """Rows of a query about many ids, as many of them at a time as fit into its text.

        Parameters
        ----------
        soql : str
            The query up to the field that holds the ids.
        ids : sequence of str
        more : str, optional
            What follows the condition.
        """
        for part in in_parts(ids, IDS_PER_QUERY):
            yield from self.rows(f"{soql} IN {listed(part)} {more}".rstrip())

    def query(self, soql: str) -> Iterator[list[Json]]:
        """Pages of a query's rows; those in the bin too, which say so in ``IsDeleted``."""
        answer = self.call("queryAll/", params={"q": soql})
        while True:
            yield answer.get("records", [])
            if answer.get("done", True):
                return
            answer = self.call(str(answer["nextRecordsUrl"]).partition(f"/v{VERSION}/")[2])

    def count(self, kind: str) -> int:
        """How many records of a kind there are, those in the bin included."""
        return int(self.call("queryAll/", params={"q": f"SELECT COUNT() FROM {kind}"})["totalSize"])

    def fields(self, kind: str) -> dict[str, Json]:
        """Fields of an object that the user may see, by name; asked for once."""
        if kind not in self._described:
            told = self.call(f"sobjects/{kind}/describe")
            self._described[kind] = {item["name"]: item for item in told.get("fields", ())}
        return self._described[kind]

    def forget_fields(self) -> None:
        """Ask for fields again: some were made."""
        self._described.clear()

    def start_bulk(self, soql: str) -> str:
        """Ask for a large query to be worked through; gives the job's id."""
        asked = {"operation": "queryAll", "query": soql}
        return str(self.call("jobs/query", method="POST", body=asked)["id"])

    def bulk_done(self, job: str) -> bool:
        """Wait until a large query is worked through; False if it is gone or failed."""
        deadline, wait = self.clock.now() + LONGEST_JOB, 1.0
        while self.clock.now() < deadline:
            try:
                state = str(self.call(f"jobs/query/{job}").get("state"))
            except CrmRefused:
                return False
            if state == "JobComplete":
                return True
            if state in ("Failed", "Aborted"):
                return False
            self.clock.sleep(wait)
            wait = min(wait * 1.5, LONGEST_WAIT)
        msg = (
            f"Salesforce must finish a bulk query within {LONGEST_JOB / 60:.0f} minutes; got none. "
            "What was stored stays: pull again later, it goes on with the same query."
        )
        raise CrmUnavailable(msg)

    def bulk_page(self, job: str, locator: str, size: int) -> tuple[list[Json], str]:
        """Read one page of a finished bulk query, and where the next page begins.

        The second value is empty after the last page.

        Parameters
        ----------
        job : str
            Id of the bulk query.
        locator : str
            Where the page begins, as the page before gave it; empty for the first.
        size : int
            Most rows of the page.
        """
        params = {"maxRecords": str(size)} | ({"locator": locator} if locator else {})
        response = self._send(f"jobs/query/{job}/results", "GET", params=params, body=None)
        response.encoding = "utf-8"
        rows = csv.DictReader(io.StringIO(response.text, newline=""))
        after = response.headers.get("Sforce-Locator", "null")
        # An empty cell is what an interface of JSON calls null.
        found = [{key: value or None for key, value in row.items()} for row in rows]
        return found, "" if after == "null" else after

    def update(self, kind: str, records: Sequence[Json]) -> list[Json]:
        """Write records by their ids, and nothing else; one result each, in order."""
        return self._collection("composite/sobjects", "PATCH", kind, records)

    def insert(self, kind: str, records: Sequence[Json]) -> list[Json]:
        """Create records; one result each, in order.

        Raises
        ------
        UncertainReply
            If no answer came: look what was created before trying again.
        """
        return self._collection("composite/sobjects", "POST", kind, records)

    def tooling(self, soql: str) -> list[Json]:
        """Rows of a query about the organisation's own set-up."""
        rows: list[Json] = self.call("tooling/query/", params={"q": soql}).get("records", [])
        return rows

    def user_id(self) -> str:
        """The user we act as; asked for once."""
        if not self._user_id:
            self._user_id = str(self.call("/services/oauth2/userinfo")["user_id"])
        return self._user_id

    def create(self, path: str, body: Json) -> Json:
        """Create something.

        Raises
        ------
        UncertainReply
            If no answer came: look whether it was created before trying again.
        """
        return self.call(path, method="POST", body=body, again=False)

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        params: Json | None = None,
        body: Any = None,
        again: bool = True,
    ) -> Any:
        """Send one request and return its answer, read as JSON.

        Parameters
        ----------
        path : str
            Below the API's version; from the organisation's address if it begins with a slash.
        method : str
            HTTP method.
        params : dict, optional
            Query of the address.
        body : object, optional
            Sent as JSON.
        again : bool
            Whether the request may be repeated after an error: not where it creates something.
        """
        response = self._send(path, method, params=params, body=body, again=again)
        return response.json() if response.content else {}

    def _collection(self, path: str, method: str, kind: str, records: Sequence[Json]) -> list[Json]:
        body = {
            "allOrNone": False,
            "records": [{"attributes": {"type": kind}} | record for record in records],
        }
        # Only creating must not be done twice.
        again = method != "POST"
        results: list[Json] = self.call(path, method=method, body=body, again=again)
        return results

    def _send(
        self,
        path: str,
        method: str,
        *,
        params: Json | None,
        body: Any,
        again: bool = True,
    ) -> Any:
        import requests
        from simple_salesforce.exceptions import SalesforceError

        if self._used_up:
            # Whoever comes back later looks anew.
            why, self._used_up = self._used_up, ""
            raise _spent(why)
        last = ""
        for attempt in range(ATTEMPTS):
            if self._session is None:
                self._session = open_session(self.login, self.http)
            there = f"https://{self._session.sf_instance}"
            url = there + path if path.startswith("/") else self._session.base_url + path
            try:
                # Public methods of simple-salesforce give the answer without its headers, and
                # those say how many calls are left and what time it is there.
                response = self._session._call_salesforce(
                    method,
                    url,
                    name=path,
                    params=params,
                    json=body,
                    headers={} if method == "GET" else NOTHING_ELSE,
                    timeout=TIMEOUT,
                )
            except requests.TooManyRedirects:
                raise self._redirected(path) from None
            except requests.RequestException as error:
                if not again and not isinstance(error, requests.ConnectTimeout):
                    raise self.uncertain(path) from None
                last = type(error).__name__
            except SalesforceError as error:
                last = self._judge(error, path, again)
            else:
                self._look(response)
                return response
            self.wait(attempt)
        raise self.unavailable(path.partition("?")[0], last=last, n_attempts=ATTEMPTS)

    def _judge(self, error: Any, path: str, again: bool) -> str:
        """What to call a refusal that may be tried again; raises for the others."""
        status, code, said = _said(error)
        if code == "REQUEST_LIMIT_EXCEEDED":
            if said.startswith("TotalRequests"):
                raise _spent("all of today's are used")
            return code
        if status == 401 or code == "INVALID_SESSION_ID":
            raise _refused_token(path, code)
        if status == 403:
            raise _refused_token(path, code)
        if status >= 500 or code in ("SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW"):
            if not again:
                raise self.uncertain(path) from None
            return f"{status} {code}".strip()
        raise self.refused(path, status=status, said=f"{code}: {said}") from None

    def _redirected(self, path: str) -> CrmRefused:
        said = (
            "we are sent elsewhere. Set AWASE_SALESFORCE_URL to the organisation's own "
            "https://NAME.my.salesforce.com."
        )
        return self.refused(path, status=302, said=said)

    def _look(self, response: Any) -> None:
        self.look_at_clock(response.headers)
        usage = self._session.api_usage.get("api-usage")
        if usage is not None and usage.used >= usage.total * (1 - LEFT_FOR_OTHERS):
            # Said before the next call: this one's answer tells what it did.
            self._used_up = f"{usage.used:,} of {usage.total:,} are used"


def quoted(text: str) -> str:
    """A text as a query takes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def listed(ids: Sequence[str]) -> str:
    """Ids as a condition takes them."""
    return "(" + ",".join(quoted(key) for key in ids) + ")"


def _said(error: Any) -> tuple[int, str, str]:
    """Status, code and words of a refusal."""
    status = getattr(error, "status", 0)
    content = getattr(error, "content", None)
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return int(status or 0) if str(status or 0).isdigit() else 401, "", ""
    number = int(status) if str(status).isdigit() else 401
    return number, str(first.get("errorCode", "")), str(first.get("message", ""))[:300]


def _refused_token(path: str, code: str) -> TokenRefused:
    msg = (
        f"Salesforce must accept our session for {path}; got {code or 'a refusal'}. What was "
        "stored stays: renew the token or give its user that right, and run the command again."
    )
    return TokenRefused(msg)


def _spent(why: str) -> QuotaSpent:
    msg = (
        f"Salesforce allows so many calls in 24 hours, and {agreed_share(LEFT_FOR_OTHERS).en} are "
        f"left to other programs; got word that {why}. What was stored stays: go on tomorrow."
    )
    return QuotaSpent(msg)
