"""A kind of attribute: a Japanese postal code, of which the model sees whether it is Tokyo's."""

import math

from features.core.text import Text
from features.definition.kinds.kind import YES_NO, AttributeKind, KindColumn, always


def _is_in_tokyo(text: str) -> float:
    digits = text.removeprefix("〒")
    return float(digits.startswith("1")) if digits[:3].isdecimal() else math.nan


POSTAL_CODE = AttributeKind(
    name="postal_code",
    columns=(
        KindColumn(
            name="{}_is_tokyo",
            label=Text(ja="{}が東京", en="{} is in Tokyo"),
            unit=YES_NO,
            reading=always(_is_in_tokyo),
            choice=(Text(ja="東京", en="Tokyo"), Text(ja="東京以外", en="elsewhere")),
        ),
    ),
)
