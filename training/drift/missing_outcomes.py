"""Outcomes that stopped arriving: a broken connection, which looks like leads that all fail."""

from dataclasses import dataclass

from features.core.clock import DAY
from features.core.pace import ArrivalPace
from training.dataset.dataset import Dataset
from training.dataset.outcomes import first_reached


@dataclass(frozen=True, kw_only=True)
class MissingOutcomes:
    """Days since the newest outcome, and how many the usual pace would have brought in them.

    ``most_days`` is how long it may last before it is longer than chance, a holiday or an earlier
    pause (:class:`features.core.pace.ArrivalPace`).
    """

    days: float
    expected: float
    most_days: float

    @property
    def is_broken(self) -> bool:
        """Whether no outcome has arrived for longer than chance explains."""
        return self.days > self.most_days


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
    pace = ArrivalPace.of(reached[reached <= until])
    if pace is None:
        return MissingOutcomes(days=0.0, expected=0.0, most_days=0.0)
    silent = until - pace.newest_at
    return MissingOutcomes(
        days=silent / DAY, expected=pace.expected(silent), most_days=pace.pause / DAY
    )
