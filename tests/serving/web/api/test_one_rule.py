"""One rule of time and value: what a file may hold a request may, and they refuse in one sentence.

Every value goes through both doors; what comes out is the same row or the same sentence.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.store.schema import METADATA
from serving.web.app import create_app
from serving.workspace.workspace import Workspace
from tests.serving.web.api.conftest import Place, client_of

CREATED = "2024-01-10T09:00:00+09:00"
LATER = "2024-02-01T09:00:00+09:00"
MAPPING = """
format: 1
files:
  - match: events.csv
    lead_id: lead
    events:
      - {event_id: id, occurred_at: time, behaviour: {column: what}, amount: number}
  - match: outcomes.csv
    lead_id: lead
    outcomes: [{stage: {column: what}, occurred_at: time, value: number}]
  - match: facts.csv
    lead_id: lead
    facts: [{attribute: pages, column: number, known_at: {column: time}}]
"""
PAGES = "  - {name: pages, kind: number, axis: behaviour, unit: pages, label: {ja: 頁, en: P}}\n"

IS_NO_TIME = "must be a date or time"
IS_NO_NUMBER = "must be a number"
IS_TOO_LARGE = "must be a number from -1,000,000,000,000,000 to 1,000,000,000,000,000"
IS_TOO_LARGE_AN_AMOUNT = "must be a number from -10,000,000,000 to 10,000,000,000"
IS_NO_YEAR = "must lie in the years 1970 to 2099"
TIMES = [
    (LATER, None),
    ("2024-02-01T00:00:00.999Z", None),
    ("2024/2/1 9:00+0900", None),
    ("2024-02-01T09:00:00+09:00", None),
    ("2024-03-31T23:59:60Z", None),
    (1_706_745_600, IS_NO_TIME),
    ("1706745600", IS_NO_TIME),
    (1_706_745_600_000, IS_NO_TIME),
    (1_706_745_600.5, IS_NO_TIME),
    (True, IS_NO_TIME),
    ("soon", IS_NO_TIME),
    ("2024-02-30T09:00:00+09:00", IS_NO_TIME),
    ("2024-02-01T24:00:00+09:00", None),
    ("2024-02-01T09:00:00", "must carry its offset"),
    ("2024-02-01", "must carry its offset"),
    ("1970-01-01T00:00:00Z", IS_NO_YEAR),
    ("1969-12-31T23:59:59Z", IS_NO_YEAR),
    ("1970-01-01T08:59:59+09:00", IS_NO_YEAR),
    ("2100-01-01T00:00:00Z", IS_NO_YEAR),
    ("9999-12-31T23:59:59Z", IS_NO_YEAR),
]
NUMBERS = [
    (12, None),
    (-0.5, None),
    ("12.5", None),
    ("1,200", None),
    ("１２", None),
    (True, IS_NO_NUMBER),
    (False, IS_NO_NUMBER),
    ("true", IS_NO_NUMBER),
    ("many", IS_NO_NUMBER),
    ("NaN", IS_NO_NUMBER),
    ("Infinity", IS_NO_NUMBER),
]


def _cases() -> list[tuple[str, str, Any, str | None]]:
    cases = [(door, "time", *case) for door in ("event", "outcome") for case in TIMES]
    # An event of an old list may well lie before the lead; an outcome cannot.
    early = "2024-01-10T08:59:59+09:00"
    cases += [("event", "time", early, None)]
    cases += [("outcome", "time", early, "must not be before the lead was created")]
    cases += [("outcome", "time", CREATED, None)]
    for door in ("event", "outcome", "fact"):
        cases += [(door, "number", *case) for case in NUMBERS]
        most, sentence = (
            (10**10, IS_TOO_LARGE_AN_AMOUNT) if door == "event" else (10**15, IS_TOO_LARGE)
        )
        cases += [(door, "number", sign * most, None) for sign in (1, -1)]
        cases += [(door, "number", sign * (most + 1), sentence) for sign in (1, -1)]
        cases += [(door, "number", size, sentence) for size in (1e300, "9" * 400)]
    return cases


@pytest.fixture
def doors(template_folder: Path) -> Place:
    """An empty workspace whose definition also has an attribute that is a number."""
    path = template_folder / "lead_definition.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("attributes:\n", "attributes:\n" + PAGES, 1), encoding="utf-8")
    workspace = Workspace.at(template_folder)
    app = create_app(workspace)
    store = app.state.services.store
    return Place(workspace=workspace, app=app, store=store, client=client_of(app, store))


@pytest.mark.parametrize("column", ["time", "number"])
@pytest.mark.parametrize("door", ["event", "outcome", "fact"])
def test_a_value_meets_the_same_verdict_at_both_doors(doors: Place, door: str, column: str) -> None:
    cases = [case[2:] for case in _cases() if case[:2] == (door, column)]
    for number in range(len(cases)):
        for way in "RF":
            told = doors.client.put(f"/v1/leads/{way}{number}", json={"created_at": CREATED})
            assert told.status_code == 200

    by_request = [
        _send(doors, door, f"R{at}", {"time": LATER, "number": 1} | {column: value})
        for at, (value, _) in enumerate(cases)
    ]
    by_file = _import(doors, door, [{"time": LATER, "number": 1} | {column: v} for v, _ in cases])

    expected = [sentence for _, sentence in cases]
    assert _told(cases, by_request) == _told(cases, expected)
    # A file's sentence may go on with the format that would read the value.
    sentences = [told and told.split("; `format")[0] for told in by_file]
    assert _told(cases, sentences) == _told(cases, expected)
    rows = {lead_id: row for lead_id, *row in _rows(doors, door)}
    for at, (value, sentence) in enumerate(cases):
        assert rows.get(f"R{at}") == rows.get(f"F{at}"), value
        assert (f"R{at}" in rows) == (sentence is None), value


def _told(cases: list[Any], sentences: list[Any]) -> list[str]:
    return [f"{case[0]!r}: {sentence}" for case, sentence in zip(cases, sentences, strict=True)]


def _send(doors: Place, door: str, lead_id: str, row: dict[str, Any]) -> str | None:
    at, number = row["time"], row["number"]
    send: dict[str, Callable[[], Any]] = {
        "event": lambda: doors.client.post(
            "/v1/events",
            json={
                "event_id": lead_id,
                "lead_id": lead_id,
                "behaviour": "webinar",
                "occurred_at": at,
                "known_at": at,
                "amount": number,
            },
        ),
        "outcome": lambda: doors.client.post(
            f"/v1/leads/{lead_id}/outcomes",
            json={"stage": "won", "occurred_at": at, "known_at": at, "value": number},
        ),
        "fact": lambda: doors.client.post(
            f"/v1/leads/{lead_id}/facts",
            json={"facts": [{"attribute": "pages", "value": number, "known_at": at}]},
        ),
    }
    told = send[door]()
    if told.status_code == 200:
        return None
    assert told.status_code == 422
    (sentence,) = {fault["detail"] for fault in told.json()["errors"]}
    return str(sentence)


def _import(doors: Place, door: str, rows: list[dict[str, Any]]) -> list[str | None]:
    """Import a file of such rows, the n-th of lead Fn; gives what is said of each."""
    folder = doors.workspace.folder
    path, rejects = folder / f"{door}s.csv", folder / "rejects.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["lead", "id", "what", "time", "number"])
        for at, row in enumerate(rows):
            what = "webinar" if door == "event" else "won"
            written = [
                str(value).lower() if isinstance(value, bool) else value
                for value in (row["time"], row["number"])
            ]
            writer.writerow([f"F{at}", f"F{at}", what, *written])
    definition = doors.workspace.definition()
    import_files(
        doors.store,
        [path],
        mapping=parse_mapping(MAPPING, "mapping.yaml", definition),
        definition=definition,
        rejects_file=rejects,
    )
    said: list[str | None] = [None] * len(rows)
    if rejects.exists():
        with rejects.open(encoding="utf-8-sig", newline="") as stream:
            for reject in csv.DictReader(stream):
                said[int(reject["line"]) - 2] = reject["reason"]
    return said


def _rows(doors: Place, door: str) -> list[tuple[Any, ...]]:
    table = METADATA.tables[door]
    names = {
        "event": ("behaviour", "occurred_at", "known_at", "amount"),
        "outcome": ("stage", "occurred_at", "known_at", "value"),
        "fact": ("attribute", "known_at", "value"),
    }[door]
    with doors.store.engine.connect() as connection:
        query = select(table.c.lead_id, *(table.c[name] for name in names))
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/v1/events", '{"event_id": "E", "amount": 1, "amount": 2}', "amount"),
        (
            "/v1/leads/A/facts",
            '{"facts": [{"attribute": "pages", "value": 1, "value": 2}]}',
            "value",
        ),
        ("/v1/score", '{"created_at": "2024-01-10T09:00:00Z", "created_at": 1}', "created_at"),
    ],
)
def test_a_key_stands_once(doors: Place, path: str, body: str, name: str) -> None:
    told = doors.client.post(path, content=body, headers={"content-type": "application/json"})

    assert told.status_code == 422
    assert told.json()["errors"] == [{"pointer": name, "detail": "must stand once"}]
