"""A job title: how high it is, and of which department."""

import math
from functools import lru_cache

from features.core.parsing.job_title import DEPARTMENT_LABELS, Department
from features.core.parsing.titles import read_job_title
from features.core.text import Text
from features.definition.kinds.kind import (
    LEVEL,
    SENIORITY,
    AttributeKind,
    KindColumn,
    always,
    or_nan,
)

# Two columns read each title, and a lead is read anew at every request.
_title = lru_cache(maxsize=1 << 16)(read_job_title)

_CODES = {department: float(code) for code, department in enumerate(Department)}


def _seniority(text: str) -> float:
    return or_nan(_title(text).seniority)


def _department(text: str) -> float:
    department = _title(text).department
    return math.nan if department is None else _CODES[department]


JOB_TITLE = AttributeKind(
    name="job_title",
    columns=(
        KindColumn(
            name="{}_seniority",
            label=Text(ja="{}(役職の高さ)", en="{}: seniority"),
            unit=SENIORITY,
            reading=always(_seniority),
        ),
        KindColumn(
            name="{}_department",
            label=Text(ja="{}(部門)", en="{}: department"),
            unit=LEVEL,
            reading=always(_department),
            levels=tuple(department.value for department in Department),
            level_labels=tuple(DEPARTMENT_LABELS[department] for department in Department),
        ),
    ),
    tests=("seniority_at_least", "seniority_at_most", "department_is_one_of"),
    is_segment=True,
)
