"""From new decisions to what follows, in the transaction that locks the lead states.

Reads where each lead's cycle stands, asks :mod:`serving.decisions.life_cycle` what follows, writes
the hand-overs, leaves messages about them for other systems and refreshes the lead states.
A batch passes every lead at once, the API one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from features.definition import LeadDefinition
from features.definition.trial import Arm, Trial
from serving.decisions.life_cycle import (
    Case,
    Judge,
    LifeCycleSteps,
    Opening,
    Terms,
    is_drawn,
    next_steps,
)
from serving.ledger.hand_overs import (
    HandOver,
    OpenLead,
    add_hand_overs,
    count_ahead,
    count_handed_over,
    read_active_at,
    read_open_leads,
)
from serving.ledger.leads.lead_state import refresh_within
from serving.ledger.outbox.webhook_events import announce_changes, announce_hand_overs
from serving.ledger.trial_leads import (
    ArmQueue,
    UsedUp,
    count_handed_over_by_arm,
    enter_leads,
    read_arms,
    read_qualified_by,
    running_trial,
)

FEW_LEADS = 200
"""Up to so many lead states are refreshed one by one; beyond, refreshing all is faster."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Which decisions are followed up.

    Attributes
    ----------
    as_of : datetime
        Of the decisions.
    handed_over_at : datetime
        When a hand-over that opens now takes place.
    lead_id : str or None
        The lead that was decided about; None: every open lead.
    """

    definition: LeadDefinition
    definition_version: str
    release_id: str | None
    as_of: datetime
    handed_over_at: datetime
    seed: int
    lead_id: str | None = None

    @property
    def judge(self) -> Judge:
        """Whose qualification hands leads over."""
        return "rulebook" if self.release_id is None else "model"


def follow(connection: Connection, decided: Decided) -> LifeCycleSteps:
    """Open the hand-overs that follow from decisions that the lead states hold already.

    During a trial each arm has its own queue and its share of the month's capacity, after leads
    outside the trial. A data set without dates has no cycles and no months: nothing is handed over.
    """
    definition, only = decided.definition, decided.lead_id
    if not definition.dated:
        return LifeCycleSteps()
    trial = running_trial(definition, decided.handed_over_at)
    arms: dict[str, str] = {}
    queues: list[ArmQueue | None] = [None]
    if trial is not None:
        arms = _draw_arms(connection, decided, trial)
        queues = [ArmQueue(trial=trial, arm=arm) for arm in (None, *(a.name for a in trial.arms))]
    leads = list(read_open_leads(connection, definition, as_of=decided.as_of, lead_id=only))
    made: list[HandOver] = []
    found: list[LifeCycleSteps] = []
    for queue in queues:
        arm = None if queue is None else queue.arm
        mine = [lead for lead in leads if arms.get(lead.lead_id) == arm]
        steps = _follow_queue(connection, decided, mine, queue)
        rows = list(_rows(connection, decided, steps.opened, queue))
        add_hand_overs(connection, rows)
        made += rows
        found.append(steps)
    _gather_again(connection, decided, [row.lead_id for row in made])
    announce_hand_overs(connection, [(row.lead_id, row.cycle) for row in made])
    announce_changes(connection, as_of=decided.as_of, lead_id=only)
    return LifeCycleSteps(
        opened=tuple(one for steps in found for one in steps.opened),
        risen=tuple(one for steps in found for one in steps.risen),
        waiting=tuple(one for steps in found for one in steps.waiting),
    )


def _draw_arms(connection: Connection, decided: Decided, trial: Trial) -> dict[str, str]:
    """Let leads enter the trial, each to be judged as its arm judges from now on."""
    entered = enter_leads(
        connection,
        trial,
        decided.definition,
        as_of=decided.as_of,
        at=decided.handed_over_at,
        lead_id=decided.lead_id,
    )
    _gather_again(connection, decided, entered)
    return read_arms(connection, trial, decided.lead_id)


def _follow_queue(
    connection: Connection, decided: Decided, leads: list[OpenLead], queue: ArmQueue | None
) -> LifeCycleSteps:
    """What follows for the leads of one queue."""
    if not leads:
        return LifeCycleSteps()
    terms = _terms(connection, decided, queue)
    cases = list(_cases(connection, decided, terms, leads))
    if decided.lead_id is not None and terms.capacity is not None and cases:
        room = max(terms.capacity - terms.used, 0)
        (case,) = cases
        ahead = count_ahead(
            connection, case.priority, lead_id=case.lead_id, most=max(room, 1), among=queue
        )
        terms = replace(terms, ahead=ahead)
    return next_steps(cases, terms)


def _terms(connection: Connection, decided: Decided, queue: ArmQueue | None) -> Terms:
    at, definition = decided.handed_over_at, decided.definition
    arm = None if queue is None else queue.arm
    judge = decided.judge if arm is None or arm == "model" else arm
    terms = Terms.of(definition, at, judge=judge, seed=decided.seed)
    start, end = month_around(at, definition)
    used, explored = count_handed_over(connection, start, end)
    if queue is None or queue.arm is None:
        return replace(terms, used=used, explored=explored)
    by_arm = count_handed_over_by_arm(connection, queue.trial, start=start, end=end)
    outside, mine = by_arm.get(None, UsedUp()), by_arm.get(queue.arm, UsedUp())
    terms = replace(terms, used=mine.used, explored=mine.explored)
    if terms.capacity is None:
        return terms
    return replace(terms, capacity=_share_of(terms.capacity - outside.used, queue.trial, queue.arm))


def _share_of(capacity: int, trial: Trial, arm: Arm) -> int:
    """An arm's share of what sales can work, rounded so that all shares add up."""
    left, share_left = max(capacity, 0), 1.0
    for each in trial.arms[:-1]:
        mine = round(left * each.share / share_left)
        if each.name == arm:
            return mine
        left, share_left = left - mine, share_left - each.share
    return left


def month_around(at: datetime, definition: LeadDefinition) -> tuple[datetime, datetime]:
    """First instants of an instant's local month and of the next."""
    local = at.astimezone(definition.zone)
    start = datetime(local.year, local.month, 1, tzinfo=definition.zone)
    later = start + timedelta(days=32)
    return start, datetime(later.year, later.month, 1, tzinfo=definition.zone)


def _cases(
    connection: Connection, decided: Decided, terms: Terms, open_leads: list[OpenLead]
) -> Iterator[Case]:
    """Leads for which anything can follow; when they last did something, where it matters."""
    leads = [
        lead
        for lead in open_leads
        if lead.qualification != "NONE" or (lead.cycle is None and is_drawn(lead.lead_id, terms))
    ]
    asked = [
        lead.lead_id for lead in leads if lead.qualification == "NONE" or lead.verdict == "returned"
    ]
    active_at = read_active_at(connection, decided.definition, asked, before=decided.as_of)
    return (_case(lead, active_at.get(lead.lead_id), terms.judge) for lead in leads)


def _case(lead: OpenLead, active_at: datetime | None, judge: Judge) -> Case:
    points = lead.points_of(judge)
    return Case(
        lead_id=lead.lead_id,
        qualification=lead.qualification,
        qualification_before=lead.qualification_before,
        priority=lead.priority if points is None else points,
        cycle=lead.cycle,
        returned_at=lead.verdict_at if lead.verdict == "returned" else None,
        is_answered=lead.verdict is not None,
        active_at=active_at,
    )


def _rows(
    connection: Connection,
    decided: Decided,
    opened: tuple[Opening, ...],
    queue: ArmQueue | None,
) -> Iterator[HandOver]:
    """The hand-overs; in a trial with the chance that any judge had made them just then."""
    qualified: dict[str, set[str]] = {}
    if queue is not None and queue.arm is not None:
        qualified = read_qualified_by(connection, [opening.lead_id for opening in opened])
    for opening in opened:
        propensity = opening.propensity
        if queue is not None and queue.arm is not None:
            judges = qualified.get(opening.lead_id, set())
            propensity = _chance(decided, opening, queue.trial, arm=queue.arm, judges=judges)
        yield HandOver(
            lead_id=opening.lead_id,
            cycle=opening.cycle,
            handed_over_at=decided.handed_over_at,
            qualification=opening.qualification,
            by=opening.by,
            propensity=propensity,
            definition_version=decided.definition_version,
            release_id=decided.release_id,
        )


def _chance(
    decided: Decided, opening: Opening, trial: Trial, *, arm: Arm, judges: set[str]
) -> float:
    """The chance of a hand-over, over the lot and over exploration.

    An arm that does not qualify the lead would have explored it with the agreed share. That fewer
    may be explored where places are few is known of its own arm alone.
    """
    chance = 0.0
    for each in trial.arms:
        if each.name == arm:
            chance += each.share * (1.0 if opening.propensity is None else opening.propensity)
        else:
            is_qualified = each.name in judges
            chance += each.share * (1.0 if is_qualified else decided.definition.exploration.share)
    return min(chance, 1.0)


def _gather_again(connection: Connection, decided: Decided, lead_ids: list[str]) -> None:
    if len(lead_ids) > FEW_LEADS:
        refresh_within(connection, decided.definition)
        return
    for lead_id in lead_ids:
        refresh_within(connection, decided.definition, lead_id)
