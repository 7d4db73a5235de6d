"""Reading what Japanese and English business data look like: titles, timing, money, companies.

Each module is a small declared table and a function over one text. A function never guesses: what
it does not recognise is unknown (None), which the features keep apart from every value. Callers
with many rows parse the distinct values only; a call takes some tens of microseconds.
"""

from features.core.parsing.company import normalise_company, read_company_size
from features.core.parsing.dates.timing import PurchaseTiming, read_purchase_timing
from features.core.parsing.domains import is_disposable, is_free_mail, read_domain
from features.core.parsing.job_title import (
    DEPARTMENT_LABELS,
    SENIORITY_LABELS,
    Department,
    JobTitle,
    Seniority,
)
from features.core.parsing.money import read_money
from features.core.parsing.titles import read_job_title

__all__ = [
    "DEPARTMENT_LABELS",
    "SENIORITY_LABELS",
    "Department",
    "JobTitle",
    "PurchaseTiming",
    "Seniority",
    "is_disposable",
    "is_free_mail",
    "normalise_company",
    "read_company_size",
    "read_domain",
    "read_job_title",
    "read_money",
    "read_purchase_timing",
]
