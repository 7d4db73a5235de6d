"""Outcomes that stopped arriving: a broken connection, which looks like leads that all fail."""

from dataclasses import dataclass

from features.core.clock import DAY
from training.dataset.dataset import Dataset
from training.dataset.outcomes import first_reached

USUAL_DAYS = 180
"""Days before the newest outcome from which the usual pace is read."""

MOST_MISSED = 7.0
"""Outcomes that the usual pace would have brought: chance brings none once in a thousand times."""


@dataclass(frozen=True, kw_only=True)
class MissingOutcomes:
    """Days since the newest outcome, and how many the usual pace would have brought in them."""

    days: float
    expected: float

    @property
    def is_broken(self) -> bool:
        """Whether it is longer than bad luck."""
        return self.expected > MOST_MISSED


def missing_outcomes(dataset: Dataset, *, known_at: int) -> MissingOutcomes:
    """How long no outcome has come by an instant; no silence where none ever came.

    Parameters
    ----------
    known_at : int
        Outcomes recorded later do not count. Those of the definition's recording delay before it
        are not missed yet.
    """
    definition = dataset.definition
    until = known_at - definition.outcome.outcome_delay_days * DAY
    reached = first_reached(dataset.tables, dataset.history, definition, data_cutoff=known_at)
    came_at = reached[reached <= until]
    if not len(came_at):
        return MissingOutcomes(days=0.0, expected=0.0)
    newest = int(came_at.max())
    usual = came_at[came_at > newest - USUAL_DAYS * DAY]
    observed_days = max((newest - int(usual.min())) / DAY, 1.0)
    days = (until - newest) / DAY
    return MissingOutcomes(days=days, expected=len(usual) / observed_days * days)
