"""Writing changed leads and a hand-over of each twentieth into HubSpot, within its batch limits.

Run with ``python -m tests.benchmarks crm_push``; ``AWASE_BENCH_SHARE=1`` pushes 100,000 leads. The
server is the contract tests' own, in a process of its own; it limits nobody's rate, and refuses
batches of more records than HubSpot documents. At HubSpot's 19 calls a second the number of
requests says how long a push takes there. Bare answers: the same requests once more, whose answers
are dropped. What is told is made up; some records are read, and a second push has nothing to say.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from features.definition import TEMPLATE, read_definition
from features.importing.mapping.mapping_file import parse_mapping
from features.store import Store
from serving.crm.hubspot.contacts import CONTACTS
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.reading import read_records
from serving.crm.hubspot.sender import HubspotSender
from serving.crm.hubspot.setup import missing
from serving.crm.hubspot.source import HubspotSource
from serving.crm.outbound.describe import CrmRecord, NewestHandOver
from serving.crm.outbound.fields import PUSHED, answer_fields
from serving.crm.pull import pull
from serving.crm.push import leave_messages
from serving.crm.token import Token
from serving.delivery.deliver import deliver_due
from tests.benchmarks.recording_client import RecordingClient
from tests.contract.hubspot.example import START, empty_account
from tests.contract.hubspot.server import TOKEN, serving

N_LEADS = int(100_000 * float(os.environ.get("AWASE_BENCH_SHARE", "0.02")))
ARRIVED = 20
"""One lead in so many was handed over."""

CALLS_PER_SECOND = 19
SERVE = "serve"
DECIDED_AT = datetime(2026, 4, 1, tzinfo=UTC)
LANGUAGES = ("ja", "en")


def main() -> None:
    """Push once and print what it took."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bench_crm_push", SERVE],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(process.stdout.readline().strip() if process.stdout else "", Path(folder))
    finally:
        process.terminate()
        process.wait()


def _serve() -> None:
    account = empty_account()
    for number in range(N_LEADS):
        account.create("contacts", {"email": f"p{number}@c{number % 999}.example"}, at=START)
    with serving(account) as server:
        server.remember = False
        print(server.url, flush=True)
        while True:
            time.sleep(1)


def _measure(url: str, folder: Path) -> None:
    definition = read_definition(TEMPLATE)
    client = RecordingClient(token=Token(TOKEN), url=url)
    store = Store.open(f"sqlite:///{folder}/awase.db")
    mapping = parse_mapping(propose(client, definition), "proposed", definition)
    source = HubspotSource(client=client, mapping=mapping)
    rejects = folder / "rejects.csv"
    pull(store, source, mapping=mapping, definition=definition, rejects_file=rejects)
    fields = (*PUSHED, *answer_fields(definition))
    for _, make in missing(client, fields, LANGUAGES):
        make()
    leads = store.read_table("lead").column("lead_id").to_pylist()
    told = [_told(number, lead) for number, lead in enumerate(leads)]
    sender = HubspotSender(client=client, store=store, definition=definition, languages=LANGUAGES)

    client.asked.clear()
    began, worked = time.perf_counter(), time.process_time()
    changed, arrived = leave_messages(store, "hubspot", told)
    tally = deliver_due(store, sender)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked

    requests = Counter(path.rsplit("/batch/")[0].rsplit("/")[-1] for _, path, _, _ in client.asked)
    largest = max(len(body.get("inputs", ())) for *_, body in client.asked if body)
    bare = client.bare_seconds()
    again = leave_messages(store, "hubspot", told)
    last = leads[-5:]
    there = list(read_records(client, CONTACTS, last, fields=("awase_probability",)))
    store.close()
    asked = ", ".join(f"{n:,} {what}" for what, n in requests.items())
    n_requests = requests.total()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{changed:,} leads changed, {arrived:,} arrived; {tally}")
    print(f"{seconds / bare:.2f} times the bare answers ({seconds:.1f} s, {bare:.1f} s)")
    print(f"{worked:.1f} s of processor, {memory:.2f} GB at most")
    print(
        f"requests: {asked}; the largest batch {largest}; "
        f"at {CALLS_PER_SECOND} a second {n_requests / CALLS_PER_SECOND:.0f} s"
    )
    print(f"a second push: {again[0]} changed, {again[1]} arrived")
    assert (changed, tally.delivered) == (N_LEADS, changed + arrived)
    assert again == (0, 0)
    assert all(item["properties"]["awase_probability"] for item in there)
    assert len(there) == len(last)


def _told(number: int, lead_id: str) -> CrmRecord:
    probability = (number % 997 + 1) / 1_000
    arrived = None
    if number % ARRIVED == 0:
        arrived = NewestHandOver(
            cycle=1,
            handed_over_at=DECIDED_AT,
            qualification="MQL",
            by="model",
            definition_version="v1",
        )
    return CrmRecord(
        lead_id=lead_id,
        record_id=lead_id,
        decision_id=number,
        fields={
            "qualification": "MQL" if arrived else "NONE",
            "probability": probability,
            "points": round(10 * number / N_LEADS, 1),
            "rulebook_points": float(number % 40),
            "rulebook_qualification": "NONE",
            "reasons": "+4.1 ウェビナー参加: 2回\n+2.0 役職: 部長 / Webinar attended: twice",
            "decided_at": DECIDED_AT.isoformat(),
            "lead_card": f"https://awase.example/leads/{lead_id}",
            "mql_at": DECIDED_AT.isoformat() if arrived else None,
            "mql_count": 1.0 if arrived else None,
        },
        handed_over=arrived,
    )


if __name__ == "__main__":
    if sys.argv[1:] == [SERVE]:
        _serve()
    else:
        main()
