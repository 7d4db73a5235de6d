"""What every part of a lead definition has in common: frozen, strict about keys, documented.

The text under a field is its description in ``definition.schema.json``, which editors show while
somebody writes the YAML; it is written for marketing and sales as much as for developers.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from features.core.text import Text


class DefinitionSection(BaseModel):
    """A piece of a lead definition; attribute names are the keys of the YAML file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def _both_languages(words: Text) -> Text:
    empty = [language for language in ("ja", "en") if not words.read(language).strip()]
    if empty:
        msg = f"must hold words in both languages, ja and en; {' and '.join(empty)} is empty"
        raise ValueError(msg)
    return words


Words = Annotated[Text, AfterValidator(_both_languages)]
"""Words shown to people, neither language empty."""

NAME_PATTERN = "^[a-z][a-z0-9_]*$"

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=60)]
"""A name used in code, files and tables: small letters, digits and underscores."""

Count = Annotated[int, Field(ge=0)]

Days = Annotated[int, Field(ge=1, le=36_500)]

Share = Annotated[float, Field(ge=0, le=1)]
