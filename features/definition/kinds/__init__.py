"""Which kinds of attributes are there, and what is each? One file a kind, one line here."""

from features.definition.kinds.boolean import BOOLEAN
from features.definition.kinds.category import CATEGORY
from features.definition.kinds.company_size import COMPANY_SIZE
from features.definition.kinds.day import DATE
from features.definition.kinds.email_domain import EMAIL_DOMAIN
from features.definition.kinds.free_text import FREE_TEXT
from features.definition.kinds.identifier import IDENTIFIER
from features.definition.kinds.job_title import JOB_TITLE
from features.definition.kinds.kind import AttributeKind, KindColumn, Known
from features.definition.kinds.money import MONEY
from features.definition.kinds.number import NUMBER
from features.definition.kinds.purchase_timing import PURCHASE_TIMING

__all__ = ["KINDS", "AttributeKind", "KindColumn", "Known"]

KINDS: dict[str, AttributeKind] = {
    kind.name: kind
    for kind in (
        NUMBER,
        CATEGORY,
        BOOLEAN,
        JOB_TITLE,
        PURCHASE_TIMING,
        MONEY,
        COMPANY_SIZE,
        EMAIL_DOMAIN,
        DATE,
        FREE_TEXT,
        IDENTIFIER,
    )
}
"""Every kind by its name."""
