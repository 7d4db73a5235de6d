"""What an agreement may change while a trial runs: everything but the trial.

A share that moves mid-way, or a trial that ends when the figures look well, would answer another
question than the one that was signed. It is refused; ``awase trial end`` ends a trial that has its
answer, and another one begins under another name.
"""

from datetime import UTC, datetime

from sqlalchemy import select

from features.core.errors import Refusal
from features.definition import LeadDefinition
from features.store import Store
from features.store.results import read_finding, write_finding
from features.store.schema import finding, trial_lead
from training.results.records import from_json, to_json
from training.trial.records import TrialReport

ENDED = "trial_ended"
"""Kind of a finding; its subject is the trial's name."""


def refuse_trial_change(store: Store, before: LeadDefinition, after: LeadDefinition) -> None:
    """Refuse an agreement that changes a trial in which leads have entered, or draws a lot again.

    Parameters
    ----------
    store : Store
    before, after : LeadDefinition
        What is agreed now, and what is to be.

    Raises
    ------
    Refusal
        If the trial is another one, or its name is that of an earlier one.
    """
    if before.trial == after.trial:
        return
    ends = after.trial is None and before.trial is not None and is_ended(store, before.trial.name)
    if before.trial is not None and not ends and _has_entered(store, before.trial.name):
        msg = (
            f"a trial in which leads have entered must stay as it was signed; got another text of "
            f"{before.trial.name}, or none. End it first (`awase trial end`), then agree on the "
            "next one under another name."
        )
        raise Refusal(msg)
    if after.trial is not None and _has_entered(store, after.trial.name):
        msg = (
            f"a trial must have a name of its own, the key of its lot; got {after.trial.name}, "
            "which an earlier trial has. Choose another."
        )
        raise Refusal(msg)
    now = datetime.now(UTC).astimezone(after.zone).date()
    if after.trial is not None and after.trial.starts_on < now:
        msg = (
            "a trial must begin today or later: leads drawn later than their hand-over would be "
            f"chosen by it; got {after.trial.starts_on}. Choose a later `starts_on`."
        )
        raise Refusal(msg)


def keep_end(store: Store, report: TrialReport) -> None:
    """Write down that somebody ends a trial, and what it showed then."""
    write_finding(store, ENDED, report.name, record=to_json(report))


def is_ended(store: Store, name: str) -> bool:
    """Whether somebody has ended a trial."""
    return read_finding(store, ENDED, name) is not None


def last_ended(store: Store) -> TrialReport | None:
    """What the trial that was ended last had shown; None before any."""
    newest = (
        select(finding.c.subject, finding.c.record)
        .where(finding.c.kind == ENDED)
        .order_by(finding.c.found_at.desc())
        .limit(1)
    )
    with store.engine.connect() as connection:
        row = connection.execute(newest).first()
    return None if row is None else from_json(TrialReport, row.record, row.subject)


def _has_entered(store: Store, name: str) -> bool:
    with store.engine.connect() as connection:
        query = select(trial_lead.c.lead_id).where(trial_lead.c.trial == name).limit(1)
        return connection.execute(query).first() is not None
