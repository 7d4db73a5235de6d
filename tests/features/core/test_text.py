import pytest
from pydantic import TypeAdapter, ValidationError

from features.core.text import Text

TEXT = TypeAdapter(Text)


def test_a_text_is_read_in_either_language() -> None:
    text = Text(ja="役職", en="Job title")

    assert (text.read("ja"), text.read("en")) == ("役職", "Job title")


def test_a_definition_may_not_leave_a_language_out() -> None:
    with pytest.raises(ValidationError, match="en"):
        TEXT.validate_python({"ja": "役職"})


def test_a_misspelt_language_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="jp"):
        TEXT.validate_python({"ja": "役職", "en": "Job title", "jp": "役職"})
