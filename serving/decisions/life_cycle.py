"""A lead's cycle: who is handed over, who rises, who waits; one function for batch and API alike.

Crossing the MQL cut-off opens a cycle, and is one hand-over. Reaching SQL raises its priority.
Sales answer it; a returned lead rests, and only new behaviour opens its next cycle.

Why there is a queue: a new release may qualify a thousand leads at once, and sales can work so many
a month. What exceeds the month's capacity waits, and goes in order of probability when there is
room again. A lead that comes alone is placed in that queue too: those who wait ahead of it count.

Exploration: of the leads below the cut-off a small share is handed over at random, or nobody would
learn what becomes of them. The draw is a hash of seed, lead and month, so that a second run in
the month draws the same leads. Its part of the capacity (the same share of it, at least one lead)
is kept free of qualified leads. Where more are drawn than that holds, the lowest draws go and the
propensity that is kept is lower accordingly.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from features.definition import LeadDefinition
from features.definition.terms import Sales

DEFAULT_REST = timedelta(days=int(Sales.model_fields["reopen_after_days"].default))
"""How long a returned lead rests where the definition says nothing about sales."""

Judge = Literal["model", "rulebook", "learned_rulebook"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """An open lead after its newest decision, with where its newest cycle stands.

    Attributes
    ----------
    priority : float
        Probability; points where only the rulebook decided.
    qualification_before : str or None
        Of the decision before; None where this is the first.
    cycle : int or None
        Newest cycle; None for a lead that was never handed over.
    returned_at : datetime or None
        When sales returned it in that cycle; None unless they did.
    is_answered : bool
        Whether sales answered in that cycle.
    active_at : datetime or None
        When the lead itself last did something, as far as the decision saw.
    """

    lead_id: str
    qualification: str
    qualification_before: str | None
    priority: float
    cycle: int | None
    returned_at: datetime | None = None
    is_answered: bool = False
    active_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed, and how much of it is used up this month.

    Attributes
    ----------
    at : datetime
        The instant of the decisions.
    judge : str
        Whose qualification it is.
    capacity : int or None
        Hand-overs a month; None: sales agreed on no limit.
    used, explored : int
        Hand-overs of this month, and those of them by exploration.
    ahead : int
        Leads that wait already with a higher priority than any here.
    rest : timedelta
        How long a returned lead rests.
    silent_after : timedelta
        Leads silent for longer are not explored: no snapshot of them exists either.
    exploration_share : float
    seed : int
    month : str
        Local month, as in ``2026-04``.
    """

    at: datetime
    judge: Judge
    capacity: int | None
    used: int = 0
    explored: int = 0
    ahead: int = 0
    rest: timedelta = DEFAULT_REST
    silent_after: timedelta = timedelta.max
    exploration_share: float = 0.0
    seed: int = 0
    month: str = ""

    @classmethod
    def of(cls, definition: LeadDefinition, at: datetime, *, judge: Judge, seed: int) -> "Terms":
        """Read the terms of a definition, with nothing of the month's capacity used yet.

        Parameters
        ----------
        definition : LeadDefinition
        at : datetime
            Instant of the decisions.
        judge : {"model", "rulebook", "learned_rulebook"}
            Whose qualification counts.
        seed : int
            Seed of the exploration draw.
        """
        sales = definition.sales
        return cls(
            at=at,
            judge=judge,
            capacity=definition.hand_overs_per_month,
            rest=DEFAULT_REST if sales is None else timedelta(days=sales.reopen_after_days),
            silent_after=timedelta(days=definition.snapshots.silent_after_days),
            exploration_share=definition.exploration.share,
            seed=seed,
            month=at.astimezone(definition.zone).strftime("%Y-%m"),
        )


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A hand-over that opens a cycle."""

    lead_id: str
    cycle: int
    qualification: str
    by: str
    propensity: float | None = None


@dataclass(frozen=True, kw_only=True)
class LifeCycleSteps:
    """What follows from decisions: hand-overs, leads that rose to SQL, leads that wait in order."""

    opened: tuple[Opening, ...] = ()
    risen: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def explored(self) -> tuple[Opening, ...]:
        """Hand-overs below the cut-off."""
        return tuple(opening for opening in self.opened if opening.by == "exploration")


def next_steps(cases: Iterable[Case], terms: Terms) -> LifeCycleSteps:
    """What follows from the newest decisions about open leads.

    Parameters
    ----------
    cases : iterable of Case
        Leads that have not ended. Each at most once.
    """
    qualified: list[Case] = []
    below: list[Case] = []
    risen: list[str] = []
    for case in cases:
        if case.qualification == "NONE":
            if _is_explored(case, terms):
                below.append(case)
        elif case.cycle is None or _may_reopen(case, terms):
            qualified.append(case)
        elif _rises(case):
            risen.append(case.lead_id)
    queue = sorted(qualified, key=lambda case: (case.priority, case.lead_id), reverse=True)
    n_now = _room(terms, len(queue))
    opened = [_open(case, terms) for case in queue[:n_now]]
    return LifeCycleSteps(
        opened=(*opened, *_explore(below, terms, n_opened=n_now)),
        risen=tuple(risen),
        waiting=tuple(case.lead_id for case in queue[n_now:]),
    )


def draw(lead_id: str, terms: Terms) -> float:
    """Uniform draw in [0, 1) of a lead in a month: the same in every run and process."""
    text = f"{terms.seed}|{terms.month}|{lead_id}"
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return number / 2**64


def is_drawn(lead_id: str, terms: Terms) -> bool:
    """Whether a lead's draw of the month is below the exploration share."""
    return terms.exploration_share > 0 and draw(lead_id, terms) < terms.exploration_share


def exploration_places(terms: Terms) -> int | None:
    """Hand-overs a month that are exploration's own; None where there is no limit."""
    if terms.capacity is None:
        return None
    if not terms.exploration_share:
        return 0
    return max(1, round(terms.exploration_share * terms.capacity))


def _is_explored(case: Case, terms: Terms) -> bool:
    if case.cycle is not None or case.active_at is None:
        return False
    is_awake = terms.at - case.active_at <= terms.silent_after
    return is_awake and is_drawn(case.lead_id, terms)


def _may_reopen(case: Case, terms: Terms) -> bool:
    return (
        case.returned_at is not None
        and terms.at >= case.returned_at + terms.rest
        and case.active_at is not None
        and case.active_at > case.returned_at
    )


def _rises(case: Case) -> bool:
    return (
        not case.is_answered
        and case.qualification == "SQL"
        and case.qualification_before is not None
        and case.qualification_before != "SQL"
    )


def _room(terms: Terms, n_wanted: int) -> int:
    """How many qualified leads may be handed over now."""
    places = exploration_places(terms)
    if terms.capacity is None or places is None:
        return n_wanted
    kept_free = max(places - terms.explored, 0)
    return min(max(terms.capacity - terms.used - kept_free - terms.ahead, 0), n_wanted)


def _open(case: Case, terms: Terms) -> Opening:
    return Opening(
        lead_id=case.lead_id,
        cycle=(case.cycle or 0) + 1,
        qualification=case.qualification,
        by=terms.judge,
    )


def _explore(below: Sequence[Case], terms: Terms, *, n_opened: int) -> Iterable[Opening]:
    """Hand-overs below the cut-off; passed on as MQL, the least that sales are handed."""
    places = exploration_places(terms)
    n_places = float("inf")
    if terms.capacity is not None and places is not None:
        left = terms.capacity - terms.used - n_opened
        n_places = max(min(places - terms.explored, left), 0)
    if not below or not n_places:
        return
    propensity = terms.exploration_share * min(1.0, n_places / len(below))
    lowest = sorted(below, key=lambda case: draw(case.lead_id, terms))
    for case in lowest[: math.ceil(min(n_places, len(lowest)))]:
        yield Opening(
            lead_id=case.lead_id,
            cycle=1,
            qualification="MQL",
            by="exploration",
            propensity=propensity,
        )
