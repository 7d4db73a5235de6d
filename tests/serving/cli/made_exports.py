"""One made-up company, whose leads behave alike, exported in the forms that files come in."""

import csv
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path

END = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
START = END - timedelta(days=546)
"""Exported today: scoring on data of last year is rightly suspended."""
CHANNELS = {"web": -0.5, "expo": 0.2, "referral": 1.3}
HORIZON = 60

Rows = list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What is true of one lead; outcomes beyond the end of the data are not exported."""

    lead_id: str
    created: datetime
    channel: str
    size: int
    visits: list[datetime]
    decided: datetime
    won: bool

    def stage_at(self, when: datetime) -> str:
        """Word of the status at a moment; blank while open."""
        if self.decided >= when:
            return ""
        return "Qualified" if self.won else "Dropped"


@dataclass(frozen=True, kw_only=True)
class Export:
    """Files of one form, the mapping they need, and what the definition says otherwise."""

    files: Mapping[str, tuple[str, Rows]]
    mapping: str
    changes: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> list[Path]:
        """Write the files; gives their paths."""
        paths = []
        for name, (header, rows) in self.files.items():
            path = folder / name
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([header.split(","), *rows])
            paths.append(path)
        return paths


def make_leads(n: int = 2400, seed: int = 7) -> list[Lead]:
    """Leads whose channel, size and visits raise the chance that they are qualified."""
    rng = random.Random(seed)
    leads = []
    for number in range(n):
        created = START + (END - START) * ((number + rng.random()) / n)
        channel, size = rng.choice(list(CHANNELS)), rng.choice([5, 20, 80, 400, 2000])
        n_visits = rng.choice([0, 0, 1, 1, 2, 3])
        visits = sorted(created + timedelta(days=rng.uniform(0.2, 25)) for _ in range(n_visits))
        log_odds = -2.4 + CHANNELS[channel] + 0.8 * n_visits + 0.5 * (size > 50)
        leads.append(
            Lead(
                lead_id=f"C{number + 1:05d}",
                created=created.replace(microsecond=0),
                channel=channel,
                size=size,
                visits=[at.replace(microsecond=0) for at in visits],
                decided=(created + timedelta(days=rng.uniform(27, 55))).replace(microsecond=0),
                won=rng.random() < 1 / (1 + exp(-log_odds)),
            )
        )
    return leads


def _text(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}" if when < END else ""


def _decided(lead: Lead, *, won: bool) -> str:
    return _text(lead.decided) if lead.won == won else ""


_HEAD = "format: 1\ntime_zone: UTC\n"
_FACTS = """
    facts:
      - {attribute: channel, column: channel, known_at: created}
      - {attribute: company_size, column: size, known_at: created}"""
_LEADS = "  - match: leads*.csv\n    lead_id: id\n    lead: {created_at: created}" + _FACTS + "\n"
_VISITS = """  - match: visits.csv
    lead_id: lead
    events: [{behaviour: visit, occurred_at: at}]
"""
_AT_CREATION = {"snapshots": "{at: creation}", "windows": "{days: [30], age: false}"}


def _visits(leads: Iterable[Lead]) -> tuple[str, Rows]:
    return "lead,at", [[one.lead_id, _text(at)] for one in leads for at in one.visits if at < END]


def _base(lead: Lead) -> list[str]:
    return [lead.lead_id, _text(lead.created), lead.channel, str(lead.size)]


def log_alone(leads: list[Lead]) -> Export:
    """One log of everything that happened; no table of leads."""
    rows = []
    for lead in leads:
        about = [lead.channel, str(lead.size)]
        result = "Qualified" if lead.won else "Dropped"
        said = [(lead.created, "Form sent"), *((at, "Page seen") for at in lead.visits)]
        said.append((lead.decided, result))
        rows += [[lead.lead_id, what, _text(at), *about] for at, what in said if at < END]
    mapping = f"""files:
  - match: log.csv
    lead_id: case
    lead: {{created_at: {{column: at, take: first}}}}{_FACTS}
    events:
      - {{behaviour: {{column: what, values: {{Page seen: visit}}, others: skip}}, occurred_at: at}}
    outcomes:
      - stage: {{column: what, values: {{Qualified: opportunity, Dropped: lost}}, others: skip}}
        occurred_at: at
"""
    rows.sort(key=lambda row: row[2])
    return Export(files={"log.csv": ("case,what,at,channel,size", rows)}, mapping=_HEAD + mapping)


_STATUS = """    observed_at: {in_name: "%Y%m%d"}
    outcomes:
      - stage: {column: status, values: {Qualified: opportunity, Dropped: lost}, others: skip}
        occurred_at: unknown
"""


def _status(leads: list[Lead], until: datetime) -> tuple[str, Rows]:
    rows = [[*_base(one), one.stage_at(until)] for one in leads if one.created < until]
    return "id,created,channel,size,status", rows


def _name(until: datetime) -> str:
    return f"leads_{until - timedelta(days=1):%Y%m%d}.csv"


def status_now(leads: list[Lead]) -> Export:
    """One table of what stands on the day of the export, without a date of the outcome."""
    return Export(
        files={_name(END): _status(leads, END)},
        mapping=f"{_HEAD}files:\n{_LEADS}{_STATUS}",
        changes=_AT_CREATION,
    )


def months_compared(leads: list[Lead]) -> Export:
    """The same table of every month: what came between two of them is dated by the later."""
    # The first one lies before anybody was decided.
    days = [START + timedelta(days=15 + 30 * month) for month in range(18)]
    tables = {_name(until): _status(leads, until) for until in (*days, END)}
    return Export(
        files={**tables, "visits.csv": _visits(leads)},
        mapping=f"{_HEAD}files:\n{_LEADS}{_STATUS}{_VISITS}",
    )


def blank_status(leads: list[Lead]) -> Export:
    """A status that is blank while a lead is open, and the day on which it changed."""
    rows = [[*_base(one), one.stage_at(END), _text(one.decided)] for one in leads]
    outcomes = """    outcomes:
      - stage: {column: status, values: {Qualified: opportunity}, others: lost}
        occurred_at: changed
"""
    return Export(
        files={
            "leads.csv": ("id,created,channel,size,status,changed", rows),
            "visits.csv": _visits(leads),
        },
        mapping=f"{_HEAD}files:\n{_LEADS}{outcomes}{_VISITS}",
    )


def opportunity_lines(leads: list[Lead]) -> Export:
    """Deals of several products, one line each: a lead has as many rows as products."""
    rows = []
    for lead in leads:
        for product in range(1 + lead.size % 3):
            opened = _text(lead.created + timedelta(hours=product))
            line = [f"{lead.lead_id}-{product}", lead.lead_id, opened, lead.channel, str(lead.size)]
            won = lead.won and product == 0
            rows.append([*line, *([_text(lead.decided)] * 2 if won else ["", ""])])
    mapping = f"""files:
  - match: lines.csv
    lead_id: account
    lead: {{created_at: {{column: opened, take: first}}}}{_FACTS}
    outcomes:
      - {{stage: opportunity, occurred_at: signed, deal: line}}
      - {{stage: won, occurred_at: paid, deal: line}}
"""
    return Export(
        files={
            "lines.csv": ("line,account,opened,channel,size,signed,paid", rows),
            "visits.csv": _visits(leads),
        },
        mapping=_HEAD + mapping + _VISITS,
    )


def open_undated(leads: list[Lead]) -> Export:
    """A table without any date, some of whose leads are still open."""
    rows = [[one.lead_id, one.channel, str(one.size), one.stage_at(END)] for one in leads]
    mapping = """format: 1
undated: true
files:
  - match: leads.csv
    lead_id: id
    lead: {}
    facts:
      - {attribute: channel, column: channel, known_at: unknown}
      - {attribute: company_size, column: size, known_at: unknown}
    outcomes: [{stage: {column: status, values: {Qualified: opportunity, Dropped: lost}}}]
"""
    return Export(
        files={"leads.csv": ("id,channel,size,status", rows)},
        mapping=mapping,
        changes={
            "snapshots": "{at: undated}",
            "outcome": "{stage: opportunity, horizon_days: null, only_decided: true}",
            "cut_offs": "{mql: {rule: rulebook_volume}, sql: {rule: precision, at_least: 0.5}}",
            "test": "{share: 0.3, order: random}",
        },
    )


def field_history(leads: list[Lead]) -> Export:
    """Every change of a field in a row of its own, the stage among them."""
    rows = []
    for lead in leads:
        size = [lead.lead_id, "Size", "1", str(lead.size), _text(lead.created + timedelta(hours=1))]
        stage = [lead.lead_id, "Stage", "Open", "Qualified" if lead.won else "Dropped"]
        rows += [size] * (size[-1] != "") + [[*stage, _text(lead.decided)]] * (lead.decided < END)
    mapping = f"""files:
  - match: leads.csv
    lead_id: id
    lead: {{created_at: created}}
    facts: [{{attribute: channel, column: channel, known_at: created}}]
  - match: history.csv
    lead_id: lead
    when: {{column: field, is_one_of: [Stage]}}
    outcomes:
      - stage: {{column: new, values: {{Qualified: opportunity, Dropped: lost}}}}
        occurred_at: at
  - match: history.csv
    lead_id: lead
    facts:
      - attribute: {{column: field, values: {{Size: company_size}}, others: skip}}
        column: new
        old: old
        known_at: {{column: at}}
{_VISITS}"""
    return Export(
        files={
            "leads.csv": ("id,created,channel", [_base(one)[:3] for one in leads]),
            "history.csv": ("lead,field,old,new,at", rows),
            "visits.csv": _visits(leads),
        },
        mapping=_HEAD + mapping,
    )


def wide_dates(leads: list[Lead]) -> Export:
    """One row a lead with a column for each thing that may have happened."""
    rows = []
    for lead in leads:
        visits = [_text(at) for at in lead.visits] + [""] * 3
        ends = [_decided(lead, won=True), _decided(lead, won=False)]
        rows.append([*_base(lead), *visits[:3], *ends])
    mapping = f"""files:
{_LEADS}    events:
      - {{behaviour: visit, occurred_at: visit 1}}
      - {{behaviour: visit, occurred_at: visit 2}}
      - {{behaviour: visit, occurred_at: visit 3}}
    outcomes:
      - {{stage: opportunity, occurred_at: qualified}}
      - {{stage: lost, occurred_at: dropped}}
"""
    header = "id,created,channel,size,visit 1,visit 2,visit 3,qualified,dropped"
    return Export(files={"leads.csv": (header, rows)}, mapping=_HEAD + mapping)


def creation_snapshots(leads: list[Lead]) -> Export:
    """The table with a blank status, looked at once, on the day each lead came."""
    export = blank_status(leads)
    return Export(files=export.files, mapping=export.mapping, changes=_AT_CREATION)


def outcome_with_creation(leads: list[Lead]) -> Export:
    """Leads that the CRM makes when their deal is entered: nothing is left to foresee."""
    rows = [[*_base(one), _text(one.created) if one.won else ""] for one in leads]
    outcomes = "    outcomes: [{stage: opportunity, occurred_at: qualified}]\n"
    return Export(
        files={"leads.csv": ("id,created,channel,size,qualified", rows)},
        mapping=f"{_HEAD}files:\n{_LEADS}{outcomes}",
        changes=_AT_CREATION,
    )


SHAPES: dict[str, Callable[[list[Lead]], Export]] = {
    shape.__name__.replace("_", " "): shape
    for shape in (
        log_alone,
        status_now,
        months_compared,
        blank_status,
        opportunity_lines,
        open_undated,
        field_history,
        wide_dates,
        creation_snapshots,
        outcome_with_creation,
    )
}
