"""What somebody wrote; only that there is something is ever judged."""

from features.core.text import Text
from features.definition.kinds.kind import YES_NO, AttributeKind, KindColumn

FREE_TEXT = AttributeKind(
    name="free_text",
    columns=(
        KindColumn(
            name="{}_known",
            label=Text(ja="{}がわかっている", en="{} is known"),
            unit=YES_NO,
            is_flag=True,
            choice=(Text(ja="確認済み", en="known"), Text(ja="未確認", en="not known")),
        ),
    ),
    answered=Text(ja="回答あり", en="an answer"),
)
