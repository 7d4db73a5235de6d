"""Leads that are probably one person, proposed for merging and never merged here.

Two leads are alike if their e-mail addresses are the same, or their names and companies are, after
spelling is evened out. Only keys of leads come out: names and addresses stay in the person table.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from features.core.parsing.company import normalise_company
from features.store import Store
from features.store.schema import lead, person

MAX_GROUP = 20
"""More leads than this with one address share a mailbox, or a placeholder, not a person."""


class Likeness(StrEnum):
    """In what the leads of a proposal are alike."""

    EMAIL = "email"
    NAME_AND_COMPANY = "name_and_company"
    CONVERTED = "converted_to_one_contact"


@dataclass(frozen=True, kw_only=True)
class MergeProposal:
    """Leads that are probably one person, the oldest first, and why they seem so."""

    lead_ids: tuple[str, ...]
    alike_in: tuple[Likeness, ...]


def propose_merges(store: Store) -> list[MergeProposal]:
    """Find leads that are probably one person, by the key of the oldest of each group."""
    query = sa.select(
        person.c.lead_id, person.c.name, person.c.email, person.c.company, lead.c.created_at
    ).join(lead, lead.c.lead_id == person.c.lead_id)
    groups: dict[tuple[Likeness, str], list[str]] = defaultdict(list)
    created = {}
    with store.engine.connect() as connection:
        for row in connection.execute(query):
            created[row.lead_id] = (row.created_at, row.lead_id)
            if row.email:
                groups[Likeness.EMAIL, normalise_email(row.email)].append(row.lead_id)
            name, company = normalise_name(row.name or ""), normalise_company(row.company)
            if name and company:
                groups[Likeness.NAME_AND_COMPANY, f"{name}\n{company}"].append(row.lead_id)
    alike: dict[tuple[str, ...], list[Likeness]] = defaultdict(list)
    for (likeness, _), lead_ids in groups.items():
        if 1 < len(lead_ids) <= MAX_GROUP:
            alike[tuple(sorted(lead_ids, key=created.__getitem__))].append(likeness)
    return [
        MergeProposal(lead_ids=lead_ids, alike_in=tuple(sorted(alike[lead_ids])))
        for lead_ids in sorted(alike)
    ]


def normalise_email(text: str) -> str:
    """An address without case, full-width letters and what a person adds after a plus sign.

    Examples
    --------
    >>> normalise_email(" Taro+News@Example.CO.JP ")
    'taro@example.co.jp'
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold().removeprefix("mailto:")
    local, at, domain = plain.rpartition("@")
    return f"{local.split('+')[0]}{at}{domain}"


def normalise_name(text: str) -> str:
    """A name without case, blanks, signs and full-width letters, whichever part comes first.

    Examples
    --------
    >>> normalise_name("Taro  YAMADA") == normalise_name("Yamada, Taro")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    parts = [part for part in re.split(r"[\s,.・]+", plain) if part]
    if not plain.isascii():
        # Japanese names are written with and without a blank between their parts, never turned.
        return "".join(parts)
    return " ".join(sorted(parts))
