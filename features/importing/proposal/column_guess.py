"""What a column is taken for, how sure that is and why; and all columns of a set of files."""

from dataclasses import dataclass, field
from enum import StrEnum

from features.core.arrays import BoolArray
from features.importing.proposal.outcome import OutcomeGuess
from features.importing.proposal.tables import Tables

ASK_BELOW = 0.7
"""A guess less sure than this is asked, or named as taken unasked."""


class ColumnRole(StrEnum):
    """What a column may be."""

    ID = "id"
    CREATED = "created"
    ATTRIBUTE = "attribute"
    PERSON = "personal data"
    OWNER = "owner"
    TEAM = "team"
    ACCOUNT = "account"
    KEY = "key of another table"
    BEHAVIOUR = "behaviour"
    TIME = "time of events"
    OUTCOME = "outcome"
    LEAK = "leak suspect"
    ARRIVAL = "order of arrival"
    IGNORED = "left out"


@dataclass(frozen=True, kw_only=True)
class ColumnGuess:
    """A column and what it is taken for.

    Attributes
    ----------
    file, header : str
    role : ColumnRole
    named : str
        Which attribute, part of a person, or behaviour.
    kind : str
        Kind of the attribute.
    confidence : float
        0 to 1; below :data:`ASK_BELOW` it is asked.
    reason : str
        Why, as people read it.
    """

    file: str
    header: str
    role: ColumnRole
    confidence: float
    reason: str
    named: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What files were understood to be: tables, columns, outcomes."""

    tables: Tables
    columns: tuple[ColumnGuess, ...]
    outcomes: tuple[OutcomeGuess, ...]
    won: BoolArray = field(repr=False)
    """Which rows of the leads reached the outcome; empty where leads are made from a log."""

    def of(self, role: ColumnRole, file: str | None = None) -> tuple[ColumnGuess, ...]:
        """Columns of a role, in one file or in all."""
        return tuple(c for c in self.columns if c.role == role and file in (None, c.file))

    @property
    def created(self) -> ColumnGuess | None:
        """When leads came to be; None in data without dates."""
        return next(iter(self.of(ColumnRole.CREATED)), None)

    @property
    def asked(self) -> tuple[ColumnGuess, ...]:
        """Guesses that are not sure enough to go unasked."""
        return tuple(c for c in self.columns if c.confidence < ASK_BELOW)
