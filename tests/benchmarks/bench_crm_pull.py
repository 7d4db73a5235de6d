"""Time of pulling contacts with their histories and ten calls each, as a ratio to bare answers.

Run with ``python -m tests.benchmarks crm_pull``; ``AWASE_BENCH_SHARE=1`` pulls 100,000 contacts and
1,000,000 calls. The server is the contract tests' own, in a process of its own, with records made
up as they are asked for; it limits nobody's rate, since HubSpot's (19 calls a second at most) would
be all that is measured. Bare answers: the same requests once more, whose answers are dropped.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from features.definition import TEMPLATE, read_definition
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.source import HubspotSource
from serving.crm.pull import pull
from serving.crm.token import Token
from tests.benchmarks.recording_client import RecordingClient
from tests.contract.hubspot.account import Account, Thing, Version, iso_time
from tests.contract.hubspot.example import DAY, HOUR, START, empty_account
from tests.contract.hubspot.server import TOKEN, serving

SHARE = float(os.environ.get("AWASE_BENCH_SHARE", "0.02"))
"""Share of the full size."""
N_CONTACTS, N_COMPANIES, N_CALLS = (int(SHARE * n) for n in (100_000, 10_000, 1_000_000))
FIRST_ID = {"contacts": 1_000_000, "companies": 3_000_000, "calls": 10_000_000}
COUNT = {"contacts": N_CONTACTS, "companies": N_COMPANIES, "calls": N_CALLS}
SERVE = "serve"
TITLES = ("担当", "主任", "課長", "部長")


class MadeUp(Account):
    """Records computed from their numbers, so that a million of them take no memory."""

    def page(
        self, kind: str, *, archived: bool, after: int, limit: int
    ) -> tuple[list[Thing], bool]:
        if archived or kind not in COUNT:
            return [], False
        first, end = FIRST_ID[kind], FIRST_ID[kind] + COUNT[kind]
        begin = max(after + 1, first)
        stop = min(begin + limit, end)
        return [self.make(kind, number) for number in range(begin, stop)], stop < end

    def find(self, kind: str, key: str, *, archived: bool = False) -> Thing | None:
        number, first = int(key), FIRST_ID.get(kind, 0)
        if archived or not first <= number < first + COUNT.get(kind, 0):
            return None
        return self.make(kind, number)

    def linked(self, kind: str, key: str, to_kind: str) -> list[str]:
        if (kind, to_kind) != ("calls", "contacts"):
            return []
        return [str(FIRST_ID["contacts"] + (int(key) - FIRST_ID["calls"]) % N_CONTACTS)]

    def make(self, kind: str, number: int) -> Thing:
        place = number - FIRST_ID[kind]
        born = START + (place % N_CONTACTS) % 300 * DAY + place % 24 * HOUR
        thing = Thing(id=str(number), created=born, changed=born)
        values = {"hs_object_id": [Version(str(number), born)]}
        if kind == "calls":
            at = iso_time(born + 2 * DAY + place // N_CONTACTS * DAY)
            values |= {"hs_timestamp": [Version(at, born)], "hs_createdate": [Version(at, born)]}
        elif kind == "companies":
            values |= {
                "industry": [Version("RETAIL", born)],
                "numberofemployees": [Version(str(place % 500 + 1), born)],
            }
        else:
            company = str(FIRST_ID["companies"] + place % N_COMPANIES)
            values |= {
                "createdate": [Version(iso_time(born), born)],
                "email": [Version(f"p{place}@c{place % N_COMPANIES}.example", born)],
                "lastname": [Version(f"P{place}", born)],
                "associatedcompanyid": [Version(company, born)],
                "hs_analytics_source": [Version("ORGANIC_SEARCH", born)],
                "jobtitle": [
                    Version(TITLES[(place + n) % 4], born + n * 9 * DAY)
                    for n in range(place % 4 + 1)
                ],
                "kadai": [Version("手作業が多い", born + DAY)],
            }
        thing.history = values
        return thing


def main() -> None:
    """Pull once and print what it took."""
    # A process of its own: neither its memory nor its work is the client's.
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bench_crm_pull", SERVE],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _measure(process.stdout.readline().strip() if process.stdout else "")
    finally:
        process.terminate()
        process.wait()


def _serve() -> None:
    made = MadeUp()
    shown = empty_account()
    made.properties, made.pipelines = shown.properties, shown.pipelines
    with serving(made) as server:
        # Nobody looks at the calls, and a list of them would grow.
        server.remember = False
        print(server.url, flush=True)
        while True:
            time.sleep(1)


def _measure(url: str) -> None:
    definition = read_definition(TEMPLATE)
    client = RecordingClient(token=Token(TOKEN), url=url)
    mapping = parse_mapping(propose(client, definition), "proposed", definition)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/awase.db")
        client.asked.clear()
        began = time.perf_counter()
        report = pull(
            store,
            HubspotSource(client=client, mapping=mapping),
            mapping=mapping,
            definition=definition,
            rejects_file=Path(folder) / "rejects.csv",
        )
        seconds = time.perf_counter() - began
        extents = store.extents()
        store.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    bare = client.bare_seconds()
    counts = ", ".join(f"{extent.rows:,} {name}" for name, extent in extents.items())
    print(f"stored: {counts}; rejected: {report.tables.rejected}")
    print(f"pulled by {len(client.asked):,} requests, {memory:.2f} GB at most (promise 1)")
    print(f"{seconds / bare:.2f} times the bare answers ({seconds:.0f} s, {bare:.0f} s)")
    assert extents["lead"].rows == N_CONTACTS
    assert extents["event"].rows == N_CALLS


if __name__ == "__main__":
    if sys.argv[1:] == [SERVE]:
        _serve()
    else:
        main()
