"""The lot of a trial: drawn once as a lead enters, stored, and kept whatever becomes of the lead.

A lead enters with its first decision while the trial runs, unless it was handed over before. Its
arm is that of its account as known then, and never changes: an account that is learned of later,
or a merge, leaves the arm as it is and is counted (intention to treat).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, update

from features.core.clock import to_second
from features.definition import LeadDefinition
from features.definition.trial import Arm, Trial, lot_unit
from features.store.schema import decision, fact, hand_over, lead_state, outcome, trial_lead
from training.trial.stored_lot import StoredLot

IDS_AT_ONCE = 500
"""Leads asked about in one query; both databases take more parameters, none gains by it."""

BY_TRIAL = "trial"
"""Who handed a lead over, where a trial does not show it."""


@dataclass(frozen=True, kw_only=True)
class ArmQueue:
    """Leads that wait for the same judge: those of an arm of a trial; None: those outside it."""

    trial: Trial
    arm: Arm | None


@dataclass(frozen=True, kw_only=True)
class UsedUp:
    """Hand-overs of a month in an arm, and those of them by exploration."""

    used: int = 0
    explored: int = 0


def running_trial(definition: LeadDefinition, at: datetime) -> Trial | None:
    """Give the trial that judges leads at an instant; it runs until another version ends it."""
    trial = definition.trial
    return trial if trial is not None and at >= trial.begins(definition.zone) else None


def hides_judge(definition: LeadDefinition, is_in_trial: bool) -> bool:
    """Whether people are not to see which judge handed a lead over."""
    trial = definition.trial
    return is_in_trial and trial is not None and not trial.show_arm_to_sales


JUDGED_BY: dict[str, tuple[str, str]] = {
    "rulebook": ("rulebook_qualification", "rulebook_points"),
    "learned_rulebook": ("learned_qualification", "learned_points"),
}
"""Columns of a decision that hold what an arm judges by points: qualification and points."""


def as_judged(decided: dict[str, Any], arm: str | None) -> dict[str, Any]:
    """A decision as its arm judges: by a rulebook where the lot says so."""
    if arm not in JUDGED_BY:
        return decided
    return decided | {"qualification": decided[JUDGED_BY[arm][0]] or "NONE"}


def enter_leads(
    connection: Connection,
    trial: Trial,
    definition: LeadDefinition,
    *,
    as_of: datetime,
    at: datetime,
    lead_id: str | None,
) -> list[str]:
    """Draw the lot of leads just decided about that are not in the trial yet.

    Parameters
    ----------
    connection : Connection
        Its transaction holds the lock of the lead states.
    trial : Trial
    definition : LeadDefinition
        Says which attribute is the account, and which stages end a lead.
    as_of, at : datetime
        Of the decisions; when they count, which is when the leads enter.
    lead_id : str or None
        Only this one; None for all.

    Returns
    -------
    list of str
        The leads that entered.
    """
    ends = {*definition.outcome.ends, definition.outcome.stage}
    has_ended = exists().where(outcome.c.lead_id == lead_state.c.lead_id, outcome.c.stage.in_(ends))
    is_in = exists().where(of_trial(trial), trial_lead.c.lead_id == lead_state.c.lead_id)
    query = select(
        lead_state.c.lead_id, lead_state.c.probability, lead_state.c.rulebook_points
    ).where(lead_state.c.as_of == as_of, lead_state.c.cycle.is_(None), ~has_ended, ~is_in)
    if lead_id is not None:
        query = query.where(lead_state.c.lead_id == lead_id)
    found = connection.execute(query).mappings().all()
    accounts = _accounts(connection, definition, at=at, lead_id=lead_id) if found else {}
    rows = [_drawn(definition, trial, dict(row), accounts.get(row["lead_id"]), at) for row in found]
    if rows:
        connection.execute(insert(trial_lead), rows)
    return [row["lead_id"] for row in rows]


def of_trial(trial: Trial) -> ColumnElement[bool]:
    """Rows of a trial."""
    return trial_lead.c.trial == trial.name


def read_arms(connection: Connection, trial: Trial, lead_id: str | None) -> dict[str, str]:
    """Read the arm of each lead of a trial, or of one.

    Parameters
    ----------
    connection : Connection
    trial : Trial
    lead_id : str or None
        Only this one; None for all.
    """
    query = select(trial_lead.c.lead_id, trial_lead.c.arm).where(of_trial(trial))
    if lead_id is not None:
        query = query.where(trial_lead.c.lead_id == lead_id)
    return {row.lead_id: row.arm for row in connection.execute(query)}


def read_qualified_by(connection: Connection, lead_ids: list[str]) -> dict[str, set[str]]:
    """Read which judges qualify leads by their newest decisions.

    Parameters
    ----------
    connection : Connection
    lead_ids : list of str
    """
    columns = {"model": "qualification"} | {arm: names[0] for arm, names in JUDGED_BY.items()}
    found: dict[str, set[str]] = {}
    for start in range(0, len(lead_ids), IDS_AT_ONCE):
        query = (
            select(lead_state.c.lead_id, *(decision.c[name] for name in columns.values()))
            .join_from(lead_state, decision, decision.c.decision_id == lead_state.c.decision_id)
            .where(lead_state.c.lead_id.in_(lead_ids[start : start + IDS_AT_ONCE]))
        )
        for row in connection.execute(query).mappings():
            says = {arm: row[name] or "NONE" for arm, name in columns.items()}
            found[row["lead_id"]] = {arm for arm, said in says.items() if said != "NONE"}
    return found


def count_handed_over_by_arm(
    connection: Connection, trial: Trial, *, start: datetime, end: datetime
) -> Mapping[str | None, UsedUp]:
    """Count hand-overs in ``[start, end)`` by arm; None is for leads outside the trial.

    Parameters
    ----------
    connection : Connection
    trial : Trial
    start, end : datetime
    """
    joined = hand_over.outerjoin(
        trial_lead, and_(of_trial(trial), trial_lead.c.lead_id == hand_over.c.lead_id)
    )
    explored = func.count().filter(hand_over.c.by == "exploration")
    query = (
        select(trial_lead.c.arm, func.count(), explored)
        .select_from(joined)
        .where(hand_over.c.handed_over_at >= start, hand_over.c.handed_over_at < end)
        .group_by(trial_lead.c.arm)
    )
    return {row[0]: UsedUp(used=row[1], explored=row[2]) for row in connection.execute(query)}


def read_lot(connection: Connection, trial: Trial) -> StoredLot:
    """Read the whole lot of a trial."""
    query = select(trial_lead).where(of_trial(trial)).order_by(trial_lead.c.lead_id)
    rows = connection.execute(query).mappings().all()

    def column(name: str, kind: type) -> Any:
        values = [row[name] for row in rows]
        if kind is float:
            values = [np.nan if value is None else value for value in values]
        return np.array(values, dtype=kind)

    return StoredLot(
        lead_id=column("lead_id", object),
        unit=column("unit", object),
        arm=column("arm", object),
        entered=np.array([to_second(row["entered_at"]) for row in rows], dtype=np.int64),
        probability=column("probability", float),
        rulebook_points=column("rulebook_points", float),
        is_merged=column("merged_arms", bool),
        is_gone=np.array([row["converted"] is not None for row in rows], dtype=np.bool_),
        handed_over=column("handed_over", bool),
        converted=column("converted", bool),
        won=column("won", bool),
    )


def merge_trial_leads(connection: Connection, other: str, kept: str) -> None:
    """Let the lead that stays keep its arm, or the one that goes leave it its own.

    Of two arms the first one entered counts, and the lead is marked: it was judged by both.

    Parameters
    ----------
    connection : Connection
    other, kept : str
        The lead that goes, and the one that stays.
    """
    query = (
        select(trial_lead)
        .where(trial_lead.c.lead_id.in_((other, kept)))
        .order_by(trial_lead.c.trial, trial_lead.c.entered_at, trial_lead.c.lead_id != kept)
    )
    rows: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query).mappings():
        first = rows.setdefault(row["trial"], dict(row))
        first["merged_arms"] |= row["merged_arms"] or row["arm"] != first["arm"]
    if not rows:
        return
    connection.execute(delete(trial_lead).where(trial_lead.c.lead_id.in_((other, kept))))
    connection.execute(insert(trial_lead), [row | {"lead_id": kept} for row in rows.values()])


def keep_without_lead(connection: Connection, lead_id: str, pseudonym: str) -> None:
    """Keep a lead's arm and what became of it under a pseudonym, before the lead goes.

    What the lot drew names the account or the lead, so it goes too: the row is its own account.

    Parameters
    ----------
    connection : Connection
    lead_id, pseudonym : str
    """
    mine = trial_lead.c.lead_id == lead_id
    start, end = trial_lead.c.entered_at, trial_lead.c.followed_until
    handed = exists().where(
        hand_over.c.lead_id == lead_id, hand_over.c.handed_over_at.between(start, end)
    )
    reached = exists().where(
        outcome.c.lead_id == lead_id,
        outcome.c.stage == trial_lead.c.stage,
        outcome.c.occurred_at.between(start, end),
    )
    won = exists().where(outcome.c.lead_id == lead_id, outcome.c.stage == "won")
    connection.execute(
        update(trial_lead).where(mine).values(handed_over=handed, converted=reached, won=won)
    )
    unit = lot_unit(pseudonym, None)
    connection.execute(update(trial_lead).where(mine).values(lead_id=pseudonym, unit=unit))


def _drawn(
    definition: LeadDefinition, trial: Trial, row: dict[str, Any], account: str | None, at: datetime
) -> dict[str, Any]:
    unit = lot_unit(row["lead_id"], account)
    arm = trial.arm_of(unit)
    return row | {
        "trial": trial.name,
        "followed_until": at + timedelta(days=definition.outcome.horizon_days or 0),
        "stage": definition.outcome.stage,
        "unit": unit,
        "arm": arm,
        "share": trial.share_of(arm),
        "entered_at": at,
        "merged_arms": False,
    }


def _accounts(
    connection: Connection, definition: LeadDefinition, *, at: datetime, lead_id: str | None
) -> dict[str, str]:
    """The account of each lead, the newest known by an instant."""
    attribute = definition.roles.account
    if attribute is None:
        return {}
    query = (
        select(fact.c.lead_id, fact.c.value)
        .where(fact.c.attribute == attribute, fact.c.known_at <= at)
        .order_by(fact.c.lead_id, fact.c.known_at)
    )
    if lead_id is not None:
        query = query.where(fact.c.lead_id == lead_id)
    return {row.lead_id: row.value for row in connection.execute(query) if row.value}
