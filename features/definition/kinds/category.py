"""One of several words; which of them are levels of their own is learned from the data."""

from features.definition.kinds.kind import LEVEL, AttributeKind, KindColumn

CATEGORY = AttributeKind(
    name="category",
    columns=(KindColumn(unit=LEVEL),),
    tests=("is_one_of",),
    is_segment=True,
)
