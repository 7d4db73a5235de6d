"""What another release says of the same leads."""

from dataclasses import dataclass

from features.core.qualification import Qualification
from training.results.disagreement_records import ConceptPoint

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Requalified:
    """One lead of which two releases say something else."""

    lead_id: str
    before: Qualification
    after: Qualification
    probability_before: float
    probability_after: float
    concepts: tuple[ConceptPoint, ...]


@dataclass(frozen=True, kw_only=True)
class RequalifiedCount:
    """How many leads go from one qualification to another."""

    before: Qualification
    after: Qualification
    n_leads: int


@dataclass(frozen=True, kw_only=True)
class Requalification:
    """What a promotion would change.

    ``leads`` are those whose probability moves most, at most ``MOST_SHOWN`` of them.
    """

    as_of: int
    n_leads: int
    moves: tuple[RequalifiedCount, ...]
    leads: tuple[Requalified, ...]
