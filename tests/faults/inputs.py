"""What the disturbed commands are given: files to import, requests of a program."""

from pathlib import Path

from serving.ledger.access.api_keys import Scope
from serving.workspace.api_keys import make_key
from serving.workspace.workspace import Workspace

REQUESTS = [
    [
        "PUT",
        "/v1/leads/N1",
        {
            "created_at": "2024-01-05T09:00:00+09:00",
            "facts": [{"attribute": "channel", "value": "Web"}],
        },
    ],
    [
        "POST",
        "/v1/events",
        {
            "event_id": "E-1",
            "lead_id": "N1",
            "behaviour": "inquiry",
            "occurred_at": "2024-01-06T09:00:00+09:00",
        },
    ],
    [
        "POST",
        "/v1/events/batch",
        {
            "events": [
                {
                    "event_id": f"E-{lead}",
                    "lead_id": lead,
                    "behaviour": "webinar",
                    "occurred_at": "2024-01-07T09:00:00+09:00",
                }
                for lead in ("N1", "L003", "L004")
            ]
        },
    ],
    ["POST", "/v1/leads/L004/facts", {"facts": [{"attribute": "channel", "value": "Web"}]}],
    ["POST", "/v1/leads/L003/verdict", {"answer": "accepted", "reason": "clear_need"}],
    ["POST", "/v1/leads/L003/outcomes", {"stage": "lost", "occurred_at": "2024-02-06T09:00:00Z"}],
]
"""Everything that a program stores, as it sends it, and sends it again."""

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    lead_id: ID
    lead: {created_at: created}
    facts: [{attribute: channel, column: channel, known_at: created}]
    person: {email: mail}
"""


def add_inputs(folder: Path) -> None:
    """Put into a workspace what is imported, and the key of a program."""
    rows = "".join(f"N{n},2023-12-{n % 28 + 1:02},web,n{n}@example.com\n" for n in range(60))
    (folder / "leads.csv").write_text("ID,created,channel,mail\n" + rows, encoding="utf-8")
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    store = Workspace.at(folder).store()
    key = make_key(store, "test", scope=Scope.WRITE, days=1, by="test")
    store.close()
    (folder / "key.txt").write_text(key)


def import_words(folder: Path) -> list[str]:
    """The command that imports them."""
    return ["import", str(folder / "leads.csv"), "--mapping", str(folder / "mapping.yaml")]
