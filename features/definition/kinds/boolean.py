"""Yes or no."""

import math

from features.definition.kinds.kind import NO, YES, YES_NO, AttributeKind, KindColumn, always


def _read(text: str) -> float:
    return {"true": 1.0, "false": 0.0}.get(text.lower(), math.nan)


BOOLEAN = AttributeKind(
    name="boolean",
    kept_as="yes_no",
    columns=(KindColumn(unit=YES_NO, reading=always(_read), choice=(YES, NO)),),
    tests=("is_true",),
    is_segment=True,
)
