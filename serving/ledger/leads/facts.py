"""Some facts of some leads, for those who put them into words."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from features.store.schema import fact
from features.store.store import Store
from serving.ledger.leads.search_leads import each_of


def read_facts_of(
    store: Store, lead_ids: Collection[str], attributes: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Read some facts of some leads, by lead: attribute, value, and when it became known.

    ``known_at`` is in seconds since 1970 UTC.

    Parameters
    ----------
    store : Store
    lead_ids : collection of str
    attributes : collection of str
        Names of the attributes.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if not lead_ids or not attributes:
        return found
    # As the second that it is stored as: a thousand leads would wait for as many datetimes.
    known_at = type_coerce(fact.c.known_at, BigInteger)
    query = select(fact.c.lead_id, fact.c.attribute, fact.c.value, known_at).where(
        fact.c.lead_id.in_(each_of(lead_ids, store)), fact.c.attribute.in_(list(attributes))
    )
    with store.engine.connect() as connection:
        for lead_id, attribute, value, known in connection.execute(query).all():
            known_fact = {"attribute": attribute, "value": value, "known_at": known}
            found.setdefault(lead_id, []).append(known_fact)
    return found
