"""One thing said in Japanese and in English: the form of every word shown to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

Language = Literal["ja", "en"]

LANGUAGES: tuple[Language, ...] = ("ja", "en")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """The same words in both languages; neither may be left out.

    Examples
    --------
    >>> Text(ja="役職", en="Job title").read("ja")
    '役職'
    """

    # Pydantic reads this when a Text is part of a definition: a misspelt language is a mistake.
    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    ja: str
    en: str

    def read(self, language: Language) -> str:
        """The words in one language."""
        return self.ja if language == "ja" else self.en


def both_from(first: Language) -> tuple[Language, ...]:
    """Both languages, the given one first."""
    return (first, *(one for one in LANGUAGES if one != first))
