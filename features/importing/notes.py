"""Sentences about an import whose counts add up over the slices in which files are read."""

from collections.abc import Iterable
from dataclasses import dataclass

Part = str | int | tuple[str, ...]


@dataclass(frozen=True)
class ImportNote:
    """A sentence in parts: text, counts, and words that were met.

    Examples
    --------
    >>> str(ImportNote(("acts.csv: ", 1200, " values are ", ("null", "nan"))))
    'acts.csv: 1,200 values are null, nan'
    """

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        """The sentence."""
        return "".join(_said(part) for part in self.parts)

    @property
    def text(self) -> tuple[str, ...]:
        """What stays the same in all slices."""
        return tuple(part for part in self.parts if isinstance(part, str))

    def plus(self, other: "ImportNote") -> "ImportNote":
        """The same sentence about the rows of both."""
        return ImportNote(tuple(map(_sum, self.parts, other.parts)))


def add_notes(of_slices: Iterable[Iterable[ImportNote]]) -> list[ImportNote]:
    """The notes of one file over all slices; a sentence that a slice says twice counts once."""
    added: dict[tuple[str, ...], ImportNote] = {}
    for notes in of_slices:
        for note in dict.fromkeys(notes):
            before = added.get(note.text)
            added[note.text] = note if before is None else before.plus(note)
    return list(added.values())


def _said(part: Part) -> str:
    if isinstance(part, int):
        return f"{part:,}"
    return part if isinstance(part, str) else ", ".join(part)


def _sum(mine: Part, other: Part) -> Part:
    if isinstance(mine, int) and isinstance(other, int):
        return mine + other
    if isinstance(mine, tuple) and isinstance(other, tuple):
        return tuple(dict.fromkeys((*mine, *other)))
    return mine
