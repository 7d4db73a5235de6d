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
from features.store.schema import trial_lead
from training.results_store import is_trial_ended


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
    ends = (
        after.trial is None
        and before.trial is not None
        and is_trial_ended(store, before.trial.name)
    )
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


def _has_entered(store: Store, name: str) -> bool:
    with store.engine.connect() as connection:
        query = select(trial_lead.c.lead_id).where(trial_lead.c.trial == name).limit(1)
        return connection.execute(query).first() is not None
