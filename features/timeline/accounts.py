"""Who belongs to which account, and what its people did, as known at any instant.

``account_id`` is a fact with its own ``known_at``: a lead's account at ``as_of`` is the newest one
known strictly before, and its whole history goes with it when it moves. The tables must hold every
lead that ever shared an account with a lead that is looked at (see
:mod:`features.timeline.connected_leads`).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.core.arrays import IntArray, SecondArray
from features.core.clock import DAY
from features.definition.lead_definition import LeadDefinition
from features.store.lead_tables import LeadTables
from features.timeline.codes import ABSENT, column_codes
from features.timeline.facts import FactIndex
from features.timeline.intervals import Presence, Spans, joined
from features.timeline.time_index import END_OF_TIME, in_range
from features.timeline.timeline import Timeline

DEAL_STAGES = ("opportunity", "won", "lost")
"""Stages that open or close a deal, in the order they count within one second."""


PERSON, OPEN_DEAL, WON_DEAL = 0, 1, 2
"""Kinds of what is present at an account."""


@dataclass(frozen=True, kw_only=True)
class Memberships:
    """Since when, and until when, leads were known to be at accounts; sorted by lead."""

    account: IntArray
    spans: Spans
    n_accounts: int
    n_leads: int

    @classmethod
    def from_facts(cls, facts: FactIndex, attribute: str) -> "Memberships":
        """Memberships that the facts of the account's attribute tell."""
        rows = facts.rows(attribute)
        codes, account = np.unique(rows.code, return_inverse=True)
        n_absent = int(np.searchsorted(codes, 0))  # taken back: at no account
        until = np.full(len(rows.lead), END_OF_TIME, dtype=np.int64)
        same = rows.lead[1:] == rows.lead[:-1]
        until[:-1][same] = rows.known_at[1:][same]
        return cls(
            account=account - n_absent,
            spans=Spans.of(rows.lead, rows.known_at, until, kind=0),
            n_accounts=len(codes) - n_absent,
            n_leads=facts.index.n_owners,
        )

    def at_account(self, of_leads: Spans) -> Spans:
        """What is present with leads, as present at the accounts they belong to meanwhile."""
        edges = np.searchsorted(self.spans.owner, np.arange(self.n_leads + 1))
        n_memberships = np.diff(edges)[of_leads.owner]
        thing = np.repeat(np.arange(len(of_leads.owner)), n_memberships)
        nth = np.arange(len(thing)) - np.repeat(
            np.cumsum(n_memberships) - n_memberships, n_memberships
        )
        row = edges[of_leads.owner[thing]] + nth
        both = Spans(
            owner=self.account[row],
            begin=np.maximum(of_leads.begin[thing], self.spans.begin[row]),
            end=np.minimum(of_leads.end[thing], self.spans.end[row]),
            kind=of_leads.kind[thing],
        )
        return both.at(both.owner >= 0)


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """What the people of each account did; what was indexed is kept, since features share it.

    Attributes
    ----------
    attribute : str
        The attribute whose value names the account.
    deals : Spans
        Of leads, of the kinds ``OPEN_DEAL`` and ``WON_DEAL``.
    windows : tuple of int
        Days in which people may be asked to have been active.
    """

    attribute: str
    memberships: Memberships
    timeline: Timeline
    deals: Spans
    windows: tuple[int, ...]
    _events: dict[int, Presence] = field(default_factory=dict, repr=False)

    @classmethod
    def from_tables(
        cls,
        tables: LeadTables,
        definition: LeadDefinition,
        *,
        lead_ids: pa.Array,
        facts: FactIndex,
        timeline: Timeline,
    ) -> "Accounts | None":
        """Index which lead belonged to which account, with the deals of those leads.

        Parameters
        ----------
        tables : LeadTables
            Of which only outcomes are read, for the leads' deals.
        definition : LeadDefinition
        lead_ids : Array of shape (n_leads,)
            A lead's number is its position here.
        facts : FactIndex
            Says which account a lead belonged to, and when.
        timeline : Timeline
            Events of the same leads.

        Returns
        -------
        Accounts or None
            None where the definition has no features of accounts.
        """
        attribute = definition.judged_account
        if attribute is None:
            return None
        return cls(
            attribute=attribute,
            memberships=Memberships.from_facts(facts, attribute),
            timeline=timeline,
            deals=deals_of_leads(tables.outcome, lead_ids),
            windows=definition.windows.days,
        )

    def code(self, fact_row: IntArray) -> IntArray:
        """Account that each fact of the attribute names."""
        return self.memberships.account[fact_row]

    @cached_property
    def present(self) -> Presence:
        """What is present at each account: people, deals, and people active in each window.

        Kinds are ``PERSON``, ``OPEN_DEAL``, ``WON_DEAL`` and those of :meth:`active_kind`.
        """
        n_leads = self.memberships.n_leads
        everybody = np.arange(n_leads)
        people = Spans.of(everybody, np.zeros(n_leads, dtype=np.int64), END_OF_TIME, kind=PERSON)
        lead, second = self.timeline.activity.owner(0), self.timeline.activity.second(0)
        active = [
            joined(lead, second, lasting=days * DAY, kind=self.active_kind(days))
            for days in self.windows
        ]
        spans = Spans.joining([people, self.deals, *active])
        return self._at_accounts(spans, WON_DEAL + 1 + len(self.windows))

    def active_kind(self, days: int) -> int:
        """The kind of people who did anything within so many days."""
        return WON_DEAL + 1 + self.windows.index(days)

    @cached_property
    def own_deals(self) -> Presence:
        """Deals of each lead itself."""
        return Presence.of(self.deals, n_kinds=WON_DEAL + 1, n_owners=self.memberships.n_leads)

    def events(self, days: int) -> Presence:
        """Events of people of each account within so many days; kinds are the behaviours."""
        if days not in self._events:
            index = self.timeline.index
            spans = [
                Spans.of(
                    index.owner(kind),
                    index.second(kind),
                    index.second(kind) + days * DAY,
                    kind=kind,
                )
                for kind in range(len(self.timeline.behaviours))
            ]
            self._events[days] = self._at_accounts(Spans.joining(spans), len(spans))
        return self._events[days]

    @cached_property
    def first_touch(self) -> SecondArray:
        """When somebody then known to be at each account had first done something."""
        activity = self.timeline.activity
        second = activity.second(0)
        ever = Spans.of(activity.owner(0), second, END_OF_TIME, kind=PERSON)
        touches = self.memberships.at_account(ever).where_real()
        first = np.full(self.memberships.n_accounts, END_OF_TIME, dtype=np.int64)
        np.minimum.at(first, touches.owner, touches.begin)
        return first

    def _at_accounts(self, of_leads: Spans, n_kinds: int) -> Presence:
        spans = self.memberships.at_account(of_leads)
        return Presence.of(spans, n_kinds=n_kinds, n_owners=self.memberships.n_accounts)


def deals_of_leads(outcome: pa.Table, lead_ids: pa.Array) -> Spans:
    """Spans in which leads had an open deal, and from their first won one on."""
    lead = column_codes(outcome.column("lead_id"), lead_ids).astype(np.int64)
    stage = column_codes(outcome.column("stage"), DEAL_STAGES)
    second = np.maximum(
        outcome.column("occurred_at").to_numpy(), outcome.column("known_at").to_numpy()
    )
    kept = (lead != ABSENT) & (stage != ABSENT) & in_range(second)
    order = np.lexsort((stage[kept], second[kept], lead[kept]))
    lead, stage, second = (column[kept][order] for column in (lead, stage, second))
    until = np.full(len(lead), END_OF_TIME, dtype=np.int64)
    same = lead[1:] == lead[:-1]
    until[:-1][same] = second[1:][same]
    is_open = stage == DEAL_STAGES.index("opportunity")
    won = np.flatnonzero(stage == DEAL_STAGES.index("won"))
    winners, first = np.unique(lead[won], return_index=True)
    return Spans.joining(
        [
            Spans.of(lead[is_open], second[is_open], until[is_open], kind=OPEN_DEAL),
            Spans.of(winners, second[won[first]], END_OF_TIME, kind=WON_DEAL),
        ]
    )
