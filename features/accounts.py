"""Who belongs to which account, and what its people did, as known at any instant.

``account_id`` is a fact with its own ``known_at``: a lead's account at ``as_of`` is the newest one
known strictly before, and its whole history goes with it when it moves. The tables must hold every
lead that ever shared an account with a lead that is looked at (see :mod:`features.lead_groups`).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.clock import DAY, SecondArray
from features.codes import ABSENT, column_codes
from features.facts import Facts
from features.presence import Presence, Spans, joined
from features.time_index import END_OF_TIME, IntArray, in_range
from features.timeline import Timeline

DEAL_STAGES = ("opportunity", "won", "lost")
"""Stages that open or close a deal, in the order they count within one second."""


@dataclass(frozen=True, kw_only=True)
class Memberships:
    """Since when, and until when, leads were known to be at accounts; sorted by lead."""

    account: IntArray
    spans: Spans
    n_accounts: int
    n_leads: int

    @classmethod
    def from_facts(cls, facts: Facts, attribute: str) -> "Memberships":
        """Memberships that the facts of the account's attribute tell."""
        rows = facts.rows(attribute)
        codes, account = np.unique(rows.code, return_inverse=True)
        n_absent = int(np.searchsorted(codes, 0))  # taken back: at no account
        until = np.full(len(rows.lead), END_OF_TIME, dtype=np.int64)
        same = rows.lead[1:] == rows.lead[:-1]
        until[:-1][same] = rows.known_at[1:][same]
        return cls(
            account=account - n_absent,
            spans=Spans(owner=rows.lead, begin=rows.known_at, end=until),
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
        )
        known = both.owner >= 0
        return Spans(owner=both.owner[known], begin=both.begin[known], end=both.end[known])


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """What the people of each account did; what was indexed is kept, since features share it.

    Attributes
    ----------
    attribute : str
        The attribute whose value names the account.
    open_deals, won_deals : Spans
        Of leads: from an opportunity until it is won or lost, and from the first win on.
    """

    attribute: str
    memberships: Memberships
    timeline: Timeline
    open_deals: Spans
    won_deals: Spans
    _presences: dict[tuple[str, int | None], Presence] = field(default_factory=dict, repr=False)

    @classmethod
    def from_tables(
        cls,
        *,
        outcome: pa.Table,
        lead_ids: pa.Array,
        facts: Facts,
        timeline: Timeline,
        attribute: str,
    ) -> "Accounts":
        """Accounts as an attribute's facts tell, with the deals of their leads."""
        open_deals, won_deals = deals_of_leads(outcome, lead_ids)
        return cls(
            attribute=attribute,
            memberships=Memberships.from_facts(facts, attribute),
            timeline=timeline,
            open_deals=open_deals,
            won_deals=won_deals,
        )

    def code(self, fact_row: IntArray) -> IntArray:
        """Account that each fact of the attribute names."""
        return self.memberships.account[fact_row]

    @cached_property
    def people(self) -> Presence:
        """People known at each account."""
        always = Spans(
            owner=np.arange(self.memberships.n_leads),
            begin=np.zeros(self.memberships.n_leads, dtype=np.int64),
            end=np.full(self.memberships.n_leads, END_OF_TIME),
        )
        return self._at_accounts(always)

    @cached_property
    def open_deal_count(self) -> Presence:
        """Deals open at each account."""
        return self._at_accounts(self.open_deals)

    @cached_property
    def won_deal_count(self) -> Presence:
        """Leads of each account that were won."""
        return self._at_accounts(self.won_deals)

    @cached_property
    def own_open_deals(self) -> Presence:
        """Deals open with each lead."""
        return Presence.of(self.open_deals, self.memberships.n_leads)

    @cached_property
    def own_won_deals(self) -> Presence:
        """Won deals of each lead."""
        return Presence.of(self.won_deals, self.memberships.n_leads)

    def active(self, days: int) -> Presence:
        """People of each account who did anything within so many days."""
        if ("", days) not in self._presences:
            activity = self.timeline.activity
            spans = joined(activity.owner(0), activity.second(0), lasting=days * DAY)
            self._presences["", days] = self._at_accounts(spans)
        return self._presences["", days]

    def count(self, behaviour: str, days: int) -> Presence:
        """Events of a behaviour within so many days, by the people of each account."""
        if (behaviour, days) not in self._presences:
            index, group = self.timeline.index, self.timeline.group(behaviour)
            second = index.second(group)
            spans = Spans(owner=index.owner(group), begin=second, end=second + days * DAY)
            self._presences[behaviour, days] = self._at_accounts(spans)
        return self._presences[behaviour, days]

    @cached_property
    def first_touch(self) -> SecondArray:
        """When somebody then known to be at each account had first done something."""
        activity = self.timeline.activity
        second = activity.second(0)
        ever = Spans(owner=activity.owner(0), begin=second, end=np.full(len(second), END_OF_TIME))
        touches = self.memberships.at_account(ever).where_real()
        first = np.full(self.memberships.n_accounts, END_OF_TIME, dtype=np.int64)
        np.minimum.at(first, touches.owner, touches.begin)
        return first

    def _at_accounts(self, of_leads: Spans) -> Presence:
        return Presence.of(self.memberships.at_account(of_leads), self.memberships.n_accounts)


def deals_of_leads(outcome: pa.Table, lead_ids: pa.Array) -> tuple[Spans, Spans]:
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
    return (
        Spans(owner=lead[is_open], begin=second[is_open], end=until[is_open]),
        Spans(owner=winners, begin=second[won[first]], end=np.full(len(winners), END_OF_TIME)),
    )
