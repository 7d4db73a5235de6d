"""What a lead definition has words for: its attributes and behaviours, as exports may fill them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.definition import LeadDefinition
from features.importing.presets.kinds import RecognisedFile

BEHAVIOURS = {
    "form": ("form_submission", "inquiry"),
    "page": ("page_visit", "site_visit"),
    "email_open": ("email_open",),
    "email_click": ("email_click",),
    "unsubscribe": ("unsubscribe",),
    "webinar": ("webinar", "seminar"),
    "call": ("sales_call",),
    "meeting": ("sales_meeting", "meeting"),
    "sales_email": ("sales_email",),
}
"""Names under which a definition may know what a CRM records; the first it has is used."""

CREATED = "created"
UNKNOWN = "unknown"

FACTS = {
    "channel": CREATED,  # CRMs write the first source once and keep it
    "email_domain": CREATED,
    "job_title": UNKNOWN,
    "department": UNKNOWN,
    "industry": UNKNOWN,
    "company_size": UNKNOWN,
    "annual_revenue": UNKNOWN,
    "country": UNKNOWN,
    "city": UNKNOWN,
    "pain_point": UNKNOWN,
    "purchase_timing": UNKNOWN,
    "budget": UNKNOWN,
    "decision_maker": UNKNOWN,
    "owner": UNKNOWN,
    "team": UNKNOWN,
    "account_id": UNKNOWN,
}
"""Attributes an export of leads may fill, and since when their values are known. An export holds
today's values: only what never changes after creation is known since then."""

OF_THE_COMPANY = ("industry", "company_size", "annual_revenue")
"""What the company's own record says best; the contact's copy counts where it says nothing."""

ALSO_OF_THE_COMPANY = ("country", "city")
"""What the contact's record says best."""

PERSON = ("email", "phone", "company")


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Looks up what an export's fields are called in a lead definition."""

    definition: LeadDefinition

    def behaviour(self, what: str) -> str | None:
        """The definition's name of something a CRM records; None if it has none."""
        names = {item.name for item in self.definition.behaviours}
        return next((name for name in BEHAVIOURS[what] if name in names), None)

    def behaviours(self, values: dict[str, str]) -> dict[str, str]:
        """The definition's names of a CRM's codes, those it has no word for left out."""
        named = {code: self.behaviour(what) for code, what in values.items()}
        return {code: name for code, name in named.items() if name is not None}

    def attributes(self) -> dict[str, str]:
        """Attributes of the definition that an export may fill, and since when they are known."""
        names = {item.name for item in self.definition.attributes}
        return {name: known_at for name, known_at in FACTS.items() if name in names}

    def facts(
        self, found: RecognisedFile, company: RecognisedFile | None = None
    ) -> list[dict[str, Any]]:
        """Facts of an export of leads, and of one of the companies they belong to."""
        columns = dict(found.columns)
        if "email" in columns:
            columns["email_domain"] = columns["email"]
        if "company" in columns:
            # Leads of one company belong together even where there is no number for it.
            columns.setdefault("account_id", columns["company"])
        theirs = {} if company is None else company.columns
        for name in (*OF_THE_COMPANY, *ALSO_OF_THE_COMPANY):
            if name in theirs and (name in OF_THE_COMPANY or name not in columns):
                columns[name] = f"company.{theirs[name]}"
        return [
            {"attribute": name, "column": columns[name], "known_at": known_at}
            for name, known_at in self.attributes().items()
            if name in columns
        ]


def person(columns: Mapping[str, str]) -> dict[str, Any]:
    """Who leads are, by the columns or fields that say so.

    Parameters
    ----------
    columns : mapping of str to str
        Header by field.
    """
    who: dict[str, Any] = {name: columns[name] for name in PERSON if name in columns}
    parts = [columns[name] for name in ("last_name", "first_name") if name in columns]
    if "name" in columns or parts:
        who["name"] = [columns["name"]] if "name" in columns else parts
    return who
