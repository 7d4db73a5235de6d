"""One look at the rows of a file: whose they are, and what its columns tell as a whole."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.core.arrays import BoolArray
from features.core.parsing.record_ids import SHORT
from features.definition import LeadDefinition
from features.definition.kinds import KINDS
from features.importing.mapping.extract_leads import said_facts, spelled_attribute
from features.importing.mapping.keys import are_floats, without_fraction
from features.importing.mapping.mapped_columns import MappedColumns, choose, translate
from features.importing.mapping.mapping import EventColumns, FactColumns, FileEntry
from features.importing.sliced.links import Links
from features.importing.sliced.text_hashes import Hashes, text_hashes
from features.importing.sliced.whole_columns import ColumnValues, WholeColumns

NOBODY = np.uint64(0)
"""Hash of a row without a lead's key."""

_LONG = "^[0-9A-Za-z]{18}$"


def group_keys(values: pa.Array) -> pa.Array:
    """Keys in a form that is one for all that may mean the same lead; null where blank."""
    encoded = values.dictionary_encode()
    bare = without_fraction(encoded.dictionary)
    long = pc.match_substring_regex(bare, _LONG)
    bare = pc.if_else(long, pc.utf8_slice_codeunits(bare, 0, SHORT), bare)
    return bare.take(encoded.indices)


def lead_hashes(keys: pa.Array) -> Hashes:
    """Hash of each key of :func:`group_keys`; ``NOBODY`` where it is null."""
    return np.where(np.asarray(keys.is_valid()), text_hashes(keys), NOBODY)


class EntryLook:
    """What is gathered of the rows that one entry of the mapping reads.

    Parameters
    ----------
    entry : FileEntry
    definition : LeadDefinition
    links : Links
        Told what leads share.
    """

    def __init__(self, entry: FileEntry, definition: LeadDefinition, links: Links) -> None:
        self.whole = WholeColumns()
        self._entry = entry
        self._definition = definition
        self._links = links

    def look(self, cells: MappedColumns) -> pa.Array:
        """Take in some rows of a file; gives the keys of their leads."""
        wanted = cells.rows_of(self._entry.when)
        self._look_at_keys(cells)
        for name in _number_columns(self._entry):
            self.whole.numbers.setdefault(name, ColumnValues()).add_numbers(cells.plain(name))
        for fact in self._entry.facts:
            self._look_at_fact(cells, fact, wanted)
        keys = group_keys(cells.text(self._entry.lead_id))
        self._look_at_links(cells, lead_hashes(keys), wanted)
        return keys

    def _look_at_keys(self, cells: MappedColumns) -> None:
        columns = {name: cells.text(name) for name in _key_columns(self._entry)}
        for join in self._entry.joins:
            columns[join.as_] = translate(cells, join.on.column, join.on.values)
        for name, values in columns.items():
            if pc.all(are_floats(values)).as_py() is False:
                self.whole.mixed_keys.add(name)

    def _look_at_fact(self, cells: MappedColumns, fact: FactColumns, wanted: BoolArray) -> None:
        if spelled_attribute(fact, self._definition) is not None:
            self.whole.words.setdefault(fact.column, ColumnValues()).add(cells.plain(fact.column))
        chosen, says = said_facts(cells, fact, entry=self._entry, definition=self._definition)
        kinds = {item.name: KINDS[item.kind].kept_as for item in self._definition.attributes}
        for column in filter(None, (fact.column, fact.old)):
            values = translate(cells, column, fact.values)
            for name in pc.unique(chosen.words).drop_null().to_pylist():
                if kinds.get(name) not in ("number", "quantity", "key"):
                    continue
                mine = pc.and_(pc.equal(chosen.words, name), pa.array(says & wanted))
                seen = self.whole.facts.setdefault((column, name), ColumnValues())
                if kinds[name] == "key":
                    # One key without a fraction tells that they are mixed.
                    seen.add(values.filter(pc.and_not(mine, are_floats(values)))[:1])
                else:
                    seen.add_numbers(values.filter(mine))

    def _look_at_links(self, cells: MappedColumns, leads: Hashes, wanted: BoolArray) -> None:
        for event in self._entry.events:
            if event.event_id is not None:
                self._share(event.event_id, cells, leads, self._says(cells, event, wanted))
        for outcome in self._entry.outcomes:
            if outcome.deal is not None:
                deals = text_hashes(group_keys(cells.text(outcome.deal)))
                given = np.asarray(cells.text(outcome.deal).is_valid()) & (leads != NOBODY)
                # Another number than an event of the same name has.
                self._links.share(~deals[given], leads[given])
        if self._entry.lead is not None and self._entry.lead.merged_into is not None:
            masters = lead_hashes(group_keys(cells.text(self._entry.lead.merged_into)))
            both = (masters != NOBODY) & (leads != NOBODY)
            self._links.tie(masters[both], leads[both])

    def _says(self, cells: MappedColumns, event: EventColumns, wanted: BoolArray) -> BoolArray:
        behaviours = tuple(item.name for item in self._definition.behaviours)
        chosen = choose(cells, event.behaviour, behaviours)
        return wanted & cells.rows_of(event.when) & np.asarray(chosen.words.is_valid())

    def _share(
        self, columns: tuple[str, ...], cells: MappedColumns, leads: Hashes, says: BoolArray
    ) -> None:
        parts = [cells.text(column).fill_null("") for column in columns]
        ids = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "/")
        given = says & (leads != NOBODY) & np.asarray(pc.not_equal(ids, ""))
        self._links.share(text_hashes(ids)[given], leads[given])


def _key_columns(entry: FileEntry) -> list[str]:
    lead, deals = entry.lead, [outcome.deal for outcome in entry.outcomes]
    of_lead = [] if lead is None else [*lead.external_ids.values(), lead.merged_into]
    return [name for name in (entry.lead_id, *of_lead, *deals) if name is not None]


def _number_columns(entry: FileEntry) -> list[str]:
    named = [None if entry.lead is None else entry.lead.arrival]
    named += [event.amount for event in entry.events]
    named += [outcome.value for outcome in entry.outcomes]
    for hand_over in entry.hand_overs:
        named += [hand_over.cycle, hand_over.propensity]
    return [name for name in dict.fromkeys(named) if name is not None]
