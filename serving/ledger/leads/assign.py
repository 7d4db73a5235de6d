"""Who owns a lead, said by a person: a fact like any other, so that the CRM's next one counts."""

from datetime import UTC, datetime

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.store.store import Store
from serving.ledger.access.audit import write_audit
from serving.ledger.leads.insert import NewFact, add_facts
from serving.ledger.leads.lead_state import lock_standings, refresh_within

LONGEST_OWNER = 100
"""Characters of a name."""


def assign_owner(
    store: Store, definition: LeadDefinition, *, lead_id: str, owner: str, by: str
) -> bool:
    """Write down who owns a lead from now on; False if that was known.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
        Names the attribute that says who owns a lead.
    lead_id : str
        Of a stored lead.
    owner : str
        The name, as lists and CRM write it.
    by : str
        Login of whoever says so.

    Raises
    ------
    LeadDataError
        If the definition has no owners, or the name is empty or too long.
    """
    attribute = definition.roles.owner
    if attribute is None or not 0 < len(owner) <= LONGEST_OWNER:
        msg = (
            f"an owner needs a name of at most {LONGEST_OWNER} characters and roles.owner in the "
            f"lead definition; got {len(owner)} characters, roles.owner {attribute!r}. "
            "Give a name, or name the attribute."
        )
        raise LeadDataError(msg)
    now = datetime.now(UTC).replace(microsecond=0)
    said = NewFact(
        lead_id=lead_id, attribute=attribute, value=owner, known_at=now, known_at_given=False
    )
    with store.engine.connect().execution_options(begin="IMMEDIATE") as connection:
        lock_standings(connection)
        new = add_facts(connection, [said]) > 0
        if new:
            write_audit(connection, by=by, action="owner_assigned", subject=lead_id)
            refresh_within(connection, definition, lead_id)
        connection.commit()
    return new
