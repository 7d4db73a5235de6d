"""What a retrain proposes to agree on next: a learned rulebook, and what to add or drop."""

from dataclasses import dataclass
from typing import Literal

from features.core.text import Text
from features.definition.rulebook import Rulebook
from training.results.comparison_records import Comparison
from training.results.recovery_records import Recovery

Kind = Literal["behaviour", "attribute"]

Advice = Literal["keep", "drop", "add", "mend"]
"""keep: it earns its place; drop: it tells next to nothing; add: it is in the tables, but not in
the definition; mend: the leakage audit found that it may know the outcome."""


@dataclass(frozen=True, kw_only=True)
class LearnedRulebook:
    """A learned rulebook and how it did later in time.

    Attributes
    ----------
    comparison : Comparison
        In the place of the model stands the learned rulebook, against today's.
    forecast : bool
        False where the data set has no dates: then the test is not later in time.
    """

    rulebook: Rulebook
    n_candidates: int
    comparison: Comparison
    recoveries: tuple[Recovery, ...]
    forecast: bool


@dataclass(frozen=True, kw_only=True)
class PartEvidence:
    """What speaks for or against a behaviour or an attribute of the definition.

    Attributes
    ----------
    points_share : float or None
        Its share of all the points that move probabilities on the test's leads; None for what is
        not in the definition.
    n_leads : int
        Leads that ever showed the behaviour, or of which a value was ever known.
    leads_share : float
        The same as a share of all leads.
    in_rulebook : bool
        Whether a rule of today's rulebook asks about it.
    sentence : Text
        The evidence in words.
    """

    kind: Kind
    name: str
    advice: Advice
    points_share: float | None
    n_leads: int
    leads_share: float
    in_rulebook: bool
    sentence: Text


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """Everything a retrain proposes; ``why_no_rulebook`` says why there is no rulebook."""

    rulebook: LearnedRulebook | None
    parts: tuple[PartEvidence, ...]
    why_no_rulebook: Text | None = None
