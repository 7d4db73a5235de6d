"""A lead that only model or rulebook would have handed over, as pages and JSON hold it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ConceptPoint:
    """What one concept adds to a lead's total."""

    concept: str
    points: float


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One lead that only one of the two would hand over.

    Attributes
    ----------
    found_by : str
        ``model`` or ``rulebook``.
    as_of : int
        When it would have been handed over; seconds since 1970 UTC.
    converted : bool
        Whether an outcome followed within the horizon.
    right : str
        Whom the outcome proved right: ``model`` or ``rulebook``.
    rules : tuple of str
        Names of the rules that hit.
    concepts : tuple of ConceptPoint
        What moved the model most.
    teaches : float
        Log loss saved or lost against the base rate.
    """

    lead_id: str
    found_by: str
    as_of: int
    converted: bool
    right: str
    probability: float
    rulebook_points: float
    rules: tuple[str, ...]
    concepts: tuple[ConceptPoint, ...]
    teaches: float
