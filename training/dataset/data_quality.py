"""What the lead tables hold, and how many of their rows need a rule to be understood.

`awase check` prints each count with its rule, so that nobody finds out from a puzzling probability
that a third of the events lay in the future.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray, SecondArray
from features.core.clock import UNDATED
from features.core.parsing.null_words import NULL_WORDS
from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from features.importing.sliced.text_hashes import text_hashes
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, Codes, column_codes, distinct_texts
from features.timeline.event_keys import ACTOR_LEAD
from features.timeline.time_index import in_range

RULES = {
    "repeated_event_ids": Text(
        ja="同じ event_id の行はそれぞれ数えられます。取り込みでは内容の違う行を拒否します。",
        en="rows sharing an event_id all count; an import rejects those that differ",
    ),
    "events_without_lead": Text(
        ja="リード表にないリードのイベントは使いません。",
        en="events of leads that are not in the lead table are not used",
    ),
    "events_of_unknown_behaviour": Text(
        ja="リード定義にない行動は使いません。",
        en="events of behaviours the lead definition does not name are not used",
    ),
    "events_of_sales": Text(
        ja="営業の行動は記録として残しますが、特徴量にはしません。",
        en="what sales did is kept and shown, never scored",
    ),
    "events_outside_calendar": Text(
        ja="1970年より前と2105年より後のイベントは使いません。",
        en="events before 1970 or after 2105 are not used",
    ),
    "events_after_data_cutoff": Text(
        ja="データの締め日以降のイベントは、その時点になるまで見えません。",
        en="events at or after the data cut-off are not seen by any moment up to it",
    ),
    "events_known_late": Text(
        ja="後から判明したイベントは、判明した時点から数えます。",
        en="events learned of after they happened count from when they were learned",
    ),
    "events_before_creation": Text(
        ja="リード獲得より前のイベントも履歴として数えます。",
        en="events before the lead was created count as its history",
    ),
    "leads_without_events": Text(
        ja="イベントのないリードは、行動がすべて0のリードとして扱います。",
        en="leads without events are scored with zero behaviour",
    ),
    "facts_without_lead": Text(
        ja="リード表にないリードの属性は使いません。",
        en="facts of leads that are not in the lead table are not used",
    ),
    "facts_of_unknown_attribute": Text(
        ja="リード定義にない属性は使いません。",
        en="facts of attributes the lead definition does not name are not used",
    ),
    "facts_after_data_cutoff": Text(
        ja="データの締め日以降に判明した属性は、その時点になるまで見えません。",
        en="facts learned at or after the data cut-off are not seen by any moment up to it",
    ),
    "facts_without_honest_time": Text(
        ja="判明時期の記録がない属性は、リーク監査で疑わしいものとして扱います。",
        en="facts whose time nobody recorded are suspects of the leakage audit",
    ),
    "outcomes_without_lead": Text(
        ja="リード表にないリードの成果は使いません。",
        en="outcomes of leads that are not in the lead table are not used",
    ),
    "outcomes_before_creation": Text(
        ja="リード獲得より前の成果は学習に使えません。同じキーが別のレコードに使い回されていないか確認してください。",
        en="outcomes before the lead was created teach nothing: see whether a second record took "
        "the key of another",
    ),
    "facts_that_may_mean_nothing": Text(
        ja="NULLや未設定などの語も値として扱います。意味のない語は、マッピングのblankに書いて取り込み直してください。",
        en="words such as NULL or N/A count as values: list those that mean nothing under `blank` "
        "in the mapping, and import again",
    ),
}
"""What is done with rows that are not simply used."""


@dataclass(frozen=True, kw_only=True)
class TableCheck:
    """Rows of one table and the instants they span (seconds; None without rows)."""

    table: str
    rows: int
    first_at: int | None
    last_at: int | None


@dataclass(frozen=True, kw_only=True)
class BehaviourCheck:
    """How often, and by how many leads, a behaviour of the definition was shown."""

    behaviour: str
    events: int
    leads: int


@dataclass(frozen=True, kw_only=True)
class AttributeCheck:
    """What is known of an attribute of the definition.

    Attributes
    ----------
    known_share : float
        Share of all leads of which a value was ever known.
    honest_share : float
        Share of its facts whose time somebody recorded; 1 where there are none.
    """

    attribute: str
    facts: int
    distinct_values: int
    known_share: float
    honest_share: float


@dataclass(frozen=True, kw_only=True)
class AccountCheck:
    """How leads spread over accounts, counting every account a lead ever had."""

    accounts: int
    leads_with_account: int
    leads_that_moved: int
    median_leads: float
    most_leads: int


@dataclass(frozen=True, kw_only=True)
class QualityFinding:
    """Rows that need a rule, how many they are of how many, and what is done with them."""

    name: str
    count: int
    rows: int
    rule: Text


@dataclass(frozen=True, kw_only=True)
class DataCheck:
    """Everything `awase check` says about the tables themselves."""

    tables: tuple[TableCheck, ...]
    behaviours: tuple[BehaviourCheck, ...]
    attributes: tuple[AttributeCheck, ...]
    accounts: AccountCheck | None
    findings: tuple[QualityFinding, ...]

    def count(self, name: str) -> int:
        """Rows of one finding."""
        return next(finding.count for finding in self.findings if finding.name == name)


def check_tables(tables: LeadTables, definition: LeadDefinition, *, data_cutoff: int) -> DataCheck:
    """Count what the tables hold, and what needs a rule.

    Parameters
    ----------
    tables : LeadTables
    definition : LeadDefinition
        Whose behaviours and attributes are counted.
    data_cutoff : int
        Seconds since 1970 UTC, up to which the tables are said to be complete.
    """
    lead_ids = _ascending_ids(tables)
    events = _Events.of(tables, lead_ids, definition)
    facts = _Facts.of(tables, lead_ids, definition)
    counts = (
        *_event_findings(tables, events, data_cutoff),
        *_fact_findings(facts, data_cutoff),
        ("facts_that_may_mean_nothing", _may_mean_nothing(tables.fact)),
        ("outcomes_without_lead", _is_absent(tables.outcome, "lead_id", lead_ids)),
        ("outcomes_before_creation", _before_creation(tables)),
    )
    return DataCheck(
        tables=_table_checks(tables),
        behaviours=tuple(events.behaviours(definition)),
        attributes=tuple(facts.attributes(definition, len(lead_ids))),
        accounts=facts.accounts(definition),
        findings=tuple(
            QualityFinding(name=name, count=int(rows.sum()), rows=len(rows), rule=RULES[name])
            for name, rows in counts
        ),
    )


def _ascending_ids(tables: LeadTables) -> pa.Array:
    lead_ids = tables.lead.column("lead_id").combine_chunks().cast(pa.string())
    return lead_ids.take(pc.sort_indices(lead_ids))


@dataclass(frozen=True, kw_only=True)
class _Events:
    """The event table with texts as codes."""

    table: pa.Table
    lead: Codes
    behaviour: Codes
    by_lead: BoolArray
    second: SecondArray

    @classmethod
    def of(cls, tables: LeadTables, lead_ids: pa.Array, definition: LeadDefinition) -> "_Events":
        event = tables.event
        return cls(
            table=event,
            lead=column_codes(event.column("lead_id"), lead_ids),
            behaviour=column_codes(
                event.column("behaviour"), tuple(b.name for b in definition.behaviours)
            ),
            by_lead=column_codes(event.column("actor"), (ACTOR_LEAD,)) != ABSENT,
            second=_effective(event),
        )

    def behaviours(self, definition: LeadDefinition) -> Iterator[BehaviourCheck]:
        for code, behaviour in enumerate(definition.behaviours):
            shown = (self.behaviour == code) & (self.lead != ABSENT)
            yield BehaviourCheck(
                behaviour=behaviour.name,
                events=int(shown.sum()),
                leads=len(np.unique(self.lead[shown])),
            )


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """The fact table with texts as codes."""

    lead: Codes
    attribute: Codes
    value: Codes
    honest: BoolArray
    known_at: SecondArray

    @classmethod
    def of(cls, tables: LeadTables, lead_ids: pa.Array, definition: LeadDefinition) -> "_Facts":
        fact = tables.fact
        value, _ = distinct_texts(fact.column("value"))
        return cls(
            lead=column_codes(fact.column("lead_id"), lead_ids),
            attribute=column_codes(
                fact.column("attribute"), tuple(a.name for a in definition.attributes)
            ),
            value=value,
            honest=fact.column("honest").to_numpy(),
            known_at=fact.column("known_at").to_numpy(),
        )

    def attributes(self, definition: LeadDefinition, n_leads: int) -> Iterator[AttributeCheck]:
        for code, attribute in enumerate(definition.attributes):
            mine = (self.attribute == code) & (self.lead != ABSENT)
            told = mine & (self.value != ABSENT)
            honest = self.honest[mine]
            yield AttributeCheck(
                attribute=attribute.name,
                facts=int(mine.sum()),
                distinct_values=len(np.unique(self.value[told])),
                known_share=len(np.unique(self.lead[told])) / n_leads if n_leads else 0.0,
                honest_share=float(honest.mean()) if len(honest) else 1.0,
            )

    def accounts(self, definition: LeadDefinition) -> AccountCheck | None:
        if definition.roles.account is None:
            return None
        names = [a.name for a in definition.attributes]
        at_account = self.attribute == names.index(definition.roles.account)
        told = at_account & (self.lead != ABSENT) & (self.value != ABSENT)
        pairs = np.unique(np.stack((self.lead[told], self.value[told])), axis=1)
        leads_per_account = np.unique(pairs[1], return_counts=True)[1]
        accounts_per_lead = np.unique(pairs[0], return_counts=True)[1]
        return AccountCheck(
            accounts=len(leads_per_account),
            leads_with_account=len(accounts_per_lead),
            leads_that_moved=int((accounts_per_lead > 1).sum()),
            median_leads=float(np.median(leads_per_account)) if len(leads_per_account) else 0.0,
            most_leads=int(leads_per_account.max(initial=0)),
        )


def _event_findings(
    tables: LeadTables, events: _Events, data_cutoff: int
) -> Iterator[tuple[str, BoolArray]]:
    known_lead = events.lead != ABSENT
    event, lead = events.table, tables.lead
    occurred, known_at = (event.column(c).to_numpy() for c in ("occurred_at", "known_at"))
    order = pc.sort_indices(lead.column("lead_id"))
    created = lead.column("created_at").take(order).to_numpy()
    before = np.zeros(len(known_lead), dtype=np.bool_)
    before[known_lead] = events.second[known_lead] < created[events.lead[known_lead]]
    active = np.zeros(lead.num_rows, dtype=np.bool_)
    active[events.lead[known_lead & events.by_lead]] = True
    yield "repeated_event_ids", _is_repeated(event.column("event_id"))
    yield "events_without_lead", ~known_lead
    yield "events_of_unknown_behaviour", events.behaviour == ABSENT
    yield "events_of_sales", ~events.by_lead
    yield "events_outside_calendar", ~in_range(events.second)
    yield "events_after_data_cutoff", events.second >= data_cutoff
    yield "events_known_late", known_at > occurred
    yield "events_before_creation", before
    yield "leads_without_events", ~active


def _fact_findings(facts: _Facts, data_cutoff: int) -> Iterator[tuple[str, BoolArray]]:
    yield "facts_without_lead", facts.lead == ABSENT
    yield "facts_of_unknown_attribute", facts.attribute == ABSENT
    yield "facts_after_data_cutoff", facts.known_at >= data_cutoff
    yield "facts_without_honest_time", ~facts.honest


def _table_checks(tables: LeadTables) -> tuple[TableCheck, ...]:
    return (
        _table_check("lead", tables.lead.column("created_at").to_numpy()),
        _table_check("fact", tables.fact.column("known_at").to_numpy()),
        _table_check("event", _effective(tables.event)),
        _table_check("outcome", _effective(tables.outcome)),
        _table_check("hand_over", tables.hand_over.column("handed_over_at").to_numpy()),
    )


def _table_check(table: str, instants: SecondArray) -> TableCheck:
    first, last = (int(instants.min()), int(instants.max())) if len(instants) else (None, None)
    return TableCheck(table=table, rows=len(instants), first_at=first, last_at=last)


def _effective(table: pa.Table) -> SecondArray:
    """From when each row counts."""
    return np.maximum(table.column("occurred_at").to_numpy(), table.column("known_at").to_numpy())


def _may_mean_nothing(fact: pa.Table) -> BoolArray:
    return np.asarray(pc.is_in(fact.column("value"), pa.array(NULL_WORDS)))


def _before_creation(tables: LeadTables) -> BoolArray:
    """Outcomes with a time of their own that lies before their lead was created."""
    outcome = tables.outcome
    at = pc.index_in(outcome.column("lead_id"), tables.lead.column("lead_id"))
    created = np.asarray(tables.lead.column("created_at").take(at).fill_null(0))
    occurred = np.asarray(outcome.column("occurred_at"))
    return (occurred != UNDATED) & (occurred < created)


def _is_absent(table: pa.Table, column: str, known: pa.Array) -> BoolArray:
    return column_codes(table.column(column), known) == ABSENT


def _is_repeated(ids: pa.ChunkedArray) -> BoolArray:
    """Rows whose id an earlier row had."""
    hashes = text_hashes(ids.combine_chunks())  # a dictionary would take five times the ids
    repeated = np.ones(len(hashes), dtype=np.bool_)
    repeated[np.unique(hashes, return_index=True)[1]] = False
    return repeated
