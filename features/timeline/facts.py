"""What was known of leads, indexed so that any value can be read as it was known at any instant.

A fact counts from ``known_at``; at ``as_of`` the value is the one of the newest fact known strictly
before. A null value takes the attribute back: it is unknown from then on. Of two facts with one
``known_at`` the later row counts (a store cannot hold both).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.core.arrays import FloatArray, IntArray, SecondArray
from features.core.clock import local_days
from features.definition.lead_definition import LeadDefinition
from features.timeline.codes import ABSENT, FEW, Codes, column_codes, distinct_texts
from features.timeline.time_index import TimeIndex, check_room, in_range, pack

EPOCH = date(1970, 1, 1).toordinal()

TextReading = Callable[[str], float]
"""One value's text as a number; NaN where it says nothing."""

DatedReading = Callable[[str, date], float]
"""One value's text as a number, given the local day it became known."""


@dataclass(frozen=True, kw_only=True)
class FactRows:
    """The facts of one attribute, sorted by lead and second, arrays of shape (n_facts,)."""

    lead: IntArray
    known_at: SecondArray
    code: Codes


FactRule = Callable[[FactRows], FloatArray]
"""One number per fact, from the facts of the same lead up to and with it."""


@dataclass(frozen=True, kw_only=True)
class FactIndex:
    """The facts about leads, by attribute, lead and second.

    Attributes
    ----------
    attributes : tuple of str
        Group numbers of ``index``, in the definition's order.
    index : TimeIndex
        Owner is the lead, second is ``known_at``.
    codes : tuple of ndarray
        Per attribute and in index order, the position of the value in ``texts``; ``ABSENT`` where
        the value was taken back.
    honest : tuple of ndarray of bool
        Likewise, whether somebody recorded when the value became known.
    texts : tuple of str
        The distinct values. Each is parsed once, however often it occurs.
    zone : ZoneInfo
        In which the day of a fact is told.
    """

    attributes: tuple[str, ...]
    index: TimeIndex
    codes: tuple[Codes, ...]
    honest: tuple[npt.NDArray[np.bool_], ...]
    texts: tuple[str, ...]
    zone: ZoneInfo
    # Readings already taken, by (attribute, reading): they outlive a look at one block of moments.
    _readings: dict[tuple[str, object], FloatArray] = field(default_factory=dict, repr=False)

    @classmethod
    def from_table(
        cls, fact: pa.Table, lead_ids: pa.Array, definition: LeadDefinition
    ) -> "FactIndex":
        """Index a fact table by attribute and lead.

        Parameters
        ----------
        fact : pyarrow.Table
            The fact table; in any order.
        lead_ids : Array of shape (n_leads,)
            A lead's number is its position here; facts of other leads are left out.
        definition : LeadDefinition
            Attributes it does not name are left out.
        """
        attributes = tuple(a.name for a in definition.attributes)
        lead = column_codes(fact.column("lead_id"), lead_ids)
        attribute = column_codes(fact.column("attribute"), attributes)
        known_at = fact.column("known_at").to_numpy()
        values, texts = distinct_texts(fact.column("value"))
        honest = fact.column("honest").to_numpy()
        kept = (lead != ABSENT) & (attribute != ABSENT) & in_range(known_at)
        check_room(len(attributes), len(lead_ids))
        keys = pack(attribute[kept], lead[kept], known_at[kept], n_owners=len(lead_ids))
        order = np.argsort(keys, kind="stable")
        index = TimeIndex.of_sorted_keys(
            keys[order], n_groups=len(attributes), n_owners=len(lead_ids)
        )
        return cls(
            attributes=attributes,
            index=index,
            codes=index.cut(values[kept][order]),
            honest=index.cut(honest[kept][order]),
            texts=texts,
            zone=definition.zone,
        )

    def group(self, attribute: str) -> int:
        """The group number of an attribute."""
        return self.attributes.index(attribute)

    @cached_property
    def suspects(self) -> tuple[str, ...]:
        """Attributes with facts whose time nobody recorded."""
        return tuple(
            name
            for name, honest in zip(self.attributes, self.honest, strict=True)
            if not honest.all()
        )

    def read(self, attribute: str, reading: TextReading) -> FloatArray:
        """Every fact of an attribute as a number, in index order.

        Parameters
        ----------
        reading : callable
            Called once per distinct text; must be the same object on every call to be remembered.

        Returns
        -------
        ndarray of shape (n_facts,)
            NaN where the value was taken back or says nothing.
        """
        return self._remembered(attribute, reading, lambda: self._read(attribute, reading))

    def read_dated(self, attribute: str, reading: DatedReading) -> FloatArray:
        """Like :meth:`read`, for texts whose meaning depends on the day they became known."""
        return self._remembered(attribute, reading, lambda: self._read_dated(attribute, reading))

    def rows(self, attribute: str) -> FactRows:
        """The facts of an attribute, in index order."""
        group = self.group(attribute)
        return FactRows(
            lead=self.index.owner(group),
            known_at=self.index.second(group),
            code=self.codes[group],
        )

    def by_rule(self, attribute: str, rule: FactRule) -> FloatArray:
        """What a rule says of every fact of an attribute; remembered by the rule object."""
        return self._remembered(attribute, rule, lambda: rule(self.rows(attribute)))

    def _remembered(
        self, attribute: str, reading: object, take: Callable[[], FloatArray]
    ) -> FloatArray:
        key = (attribute, reading)
        if key not in self._readings:
            self._readings[key] = take()
        return self._readings[key]

    def _read(self, attribute: str, reading: TextReading) -> FloatArray:
        codes = self.codes[self.group(attribute)]
        if len(codes) <= FEW:  # finding the distinct ones would cost more than reading them all
            return np.array([self._number(code, reading) for code in codes.tolist()], np.float64)
        distinct, place = np.unique(codes, return_inverse=True)
        return np.array([self._number(c, reading) for c in distinct.tolist()], np.float64)[place]

    def _number(self, code: int, reading: TextReading) -> float:
        return np.nan if code == ABSENT else reading(self.texts[code])

    def _read_dated(self, attribute: str, reading: DatedReading) -> FloatArray:
        group = self.group(attribute)
        days = local_days(self.index.second(group), self.zone) + EPOCH
        pairs = np.stack((self.codes[group].astype(np.int64), days))
        place = np.arange(pairs.shape[1])
        if len(place) > FEW:
            pairs, place = np.unique(pairs, axis=1, return_inverse=True)
        numbers = [
            np.nan if code == ABSENT else reading(self.texts[code], date.fromordinal(day))
            for code, day in pairs.T.tolist()
        ]
        return np.array(numbers, dtype=np.float64)[place]
