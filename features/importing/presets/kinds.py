"""What a kind of export looks like: the fields it may have and the headers they go by.

A field has several headers: the interface's own name (``createdate``), a connector's
(``property_createdate``), and the label people see, in English and Japanese. They are compared
after case, spaces and signs are taken away, so ``Create Date`` and ``createdate`` are one.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from features.core.errors import LeadDataError
from features.importing.files.raw_table import RawTable
from features.importing.presets.time_formats import guess_formats

Fields = dict[str, tuple[str, ...]]
"""Headers by field; an earlier header is preferred to a later one."""

CONNECTOR_PREFIX = "property_"
"""What data connectors put before the names of HubSpot's own properties."""

YES = ("TRUE", "true", "True", "1")
"""How exports write yes."""


def canonical(header: str) -> str:
    """A header without case, spaces, signs and a connector's prefix."""
    text = unicodedata.normalize("NFKC", header).casefold().strip()
    return re.sub(r"[\W_]", "", text.removeprefix(CONNECTOR_PREFIX))


@dataclass(frozen=True, kw_only=True)
class RecognisedFile:
    """A file that is an export of some kind, with the header of each field it has."""

    sheet: RawTable
    kind: "ExportKind"
    columns: dict[str, str]
    zone: str
    """Time zone of its times without an offset."""

    def has(self, *fields: str) -> bool:
        """Whether all of these fields are there."""
        return all(name in self.columns for name in fields)

    def time(self, name: str, prefix: str = "") -> str | dict[str, Any]:
        """A field of times as the mapping writes it; ``prefix`` is that of a join."""
        header = self.columns[name]
        formats = guess_formats(self.sheet.columns[header])
        if formats is None:
            msg = (
                f"{self.sheet.file} must show whether day or month comes first; got {header!r}, "
                "where every date fits both. Export it with years first, or write a mapping that "
                "says `format` and give it with --mapping."
            )
            raise LeadDataError(msg)
        if formats == ("auto",):
            return prefix + header
        return {"column": prefix + header, "format": list(formats)}


Others = dict[str, RecognisedFile]
"""Other files of the same import, by the name of their kind."""


@dataclass(frozen=True, kw_only=True)
class ExportKind:
    """One kind of export.

    A file is of this kind if it has all fields of ``needs``, one of ``one_of`` and, where there are
    any, one of the headers ``telling`` it from others. ``entry`` is the template of its mapping
    (:mod:`~features.importing.presets.template`); a kind without one is only joined.
    """

    name: str
    fields: Fields
    needs: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    entry: dict[str, Any] | None = None
    by_header: dict[str, tuple[str, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[str, tuple[str, int]] = {}
        for name, headers in self.fields.items():
            for rank, header in enumerate(headers):
                index.setdefault(canonical(header), (name, rank))
        object.__setattr__(self, "by_header", index)

    @property
    def tells_through_others(self) -> bool:
        """Whether outcomes of leads are told by pairs of keys that lead into other tables."""
        told = self.entry or {}
        return "joins" in told and "outcomes?" in told and "lead" not in told

    def match(self, headers: list[str]) -> "Match | None":
        """Header of each field that is there; None if the file is of another kind."""
        best: dict[str, tuple[int, str]] = {}
        for header in headers:
            name, rank = self.by_header.get(canonical(header), ("", 0))
            if name and (name not in best or rank < best[name][0]):
                best[name] = (rank, header)
        columns = {name: header for name, (_, header) in best.items()}
        told = {canonical(header) for header in self.telling} & {canonical(h) for h in headers}
        if (
            (self.telling and not told)
            or (self.one_of and not any(name in columns for name in self.one_of))
            or not all(name in columns for name in self.needs)
        ):
            return None
        return Match(kind=self, columns=columns, strength=(len(told), len(columns)))


@dataclass(frozen=True, kw_only=True)
class Match:
    """A kind that a file may be of; the strongest of several is taken."""

    kind: ExportKind
    columns: dict[str, str]
    strength: tuple[int, int]


def strongest_match(headers: list[str], kinds: Iterable[ExportKind]) -> Match | None:
    """The kind that most of these headers speak for; None where they speak for none.

    Parameters
    ----------
    headers : list of str
    kinds : iterable of ExportKind
    """
    matches = [match for kind in kinds if (match := kind.match(headers)) is not None]
    return max(matches, key=lambda match: match.strength, default=None)
