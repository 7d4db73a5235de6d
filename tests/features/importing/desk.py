"""A company's files on their way through a mapping into a real store."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.core.memory import IMPORT_SLICE_MB
from features.definition import LeadDefinition
from features.importing.import_files import Importer
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.reporting.report import ImportReport
from features.store import Store

MAPPING = """
format: 1
time_zone: Asia/Tokyo
blank: [Select]
files:
  - match: leads*.csv
    lead_id: id
    lead: {created_at: created}
    person: {name: [last, first], email: mail}
    facts:
      - {attribute: industry, column: industry, known_at: created, values: {IT: it}}
      - {attribute: pages, column: pages, known_at: unknown}
      - {attribute: email_domain, column: mail, known_at: created}
  - match: events.csv
    lead_id: lead
    events:
      - occurred_at: at
        behaviour: {column: what, values: {view: visit, ping: skip}}
        amount: minutes
  - match: deals.csv
    lead_id: lead
    outcomes:
      - {stage: {column: stage}, occurred_at: at, reason: why, easy_to_act_on: easy, value: yen}
    hand_overs:
      - {handed_over_at: handed, when: {column: handed, known: true}}
"""
LEADS = "id,created,last,first,mail,industry,pages\n"
EVENTS = "lead,at,what,minutes\n"
DEALS = "lead,stage,at,why,easy,yen,handed\n"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A folder, a store and the mapping between them."""

    folder: Path
    store: Store
    definition: LeadDefinition
    mapping: str = MAPPING
    slice_mb: float = IMPORT_SLICE_MB

    def try_out(self, **files: str) -> ImportReport:
        return self._importer.preview(self.store, self._write(files))

    def bring_in(self, **files: str) -> ImportReport:
        return self._importer.run(
            self.store, self._write(files), rejects_file=self.folder / "rejects.csv"
        )

    @property
    def _importer(self) -> Importer:
        return Importer(
            mapping=parse_mapping(self.mapping, "map.yaml", self.definition),
            definition=self.definition,
            slice_mb=self.slice_mb,
        )

    def _write(self, files: dict[str, str]) -> list[Path]:
        paths = []
        for name, text in files.items():
            path = self.folder / f"{name}.csv"
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return paths

    @property
    def rejects(self) -> list[tuple[str, ...]]:
        path = self.folder / "rejects.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [tuple(row) for row in csv.reader(stream)][1:]

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = getattr(self.store.read_tables(), table).to_pylist()
        return rows


GOOD = {
    "leads": LEADS
    + 'L1,2024-04-01 09:00,山田,太郎,Taro@Example.co.jp,IT,"1,200"\nL2,2024-04-02,,,,Select,\n',
    "events": EVENTS
    + "L1,2024-04-01 10:00,view,\nL1,2024-04-01 10:00,view,\nL1,2024-04-03,webinar,4.5\n"
    + "L2,2024-04-03 10:00,ping,\n",
    "deals": DEALS
    + "L1,accepted,2024-04-05 12:00,need,はい,,2024-04-04 12:00\nL2,lost,2024-04-05,,,１０００,\n",
}
