"""What can be seen of the other people of each moment's account, strictly before its ``as_of``."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray, IntArray
from features.core.clock import DAY
from features.lookback.bulk import BulkLookback
from features.timeline.accounts import OPEN_DEAL, PERSON, WON_DEAL, Accounts
from features.timeline.intervals import Presence


@dataclass(frozen=True, kw_only=True)
class Colleagues:
    """The others at the account of each moment's lead; NaN where its account was not known.

    Every method returns one value per moment, shape (n_moments,).
    """

    lookback: BulkLookback
    accounts: Accounts

    def people(self) -> FloatArray:
        """How many others are known there."""
        return self._others(self.accounts.present, PERSON, np.ones(len(self.lookback)))

    def active_people(self, days: int) -> FloatArray:
        """How many others did anything in the last so many days."""
        own = self.lookback.active_days(days) > 0
        return self._others(self.accounts.present, self.accounts.active_kind(days), own)

    def count(self, behaviour: str, days: int) -> FloatArray:
        """How often others did something in the last so many days."""
        own = self.lookback.count(behaviour, days)
        kind = self.accounts.timeline.group(behaviour)
        return self._others(self.accounts.events(days), kind, own)

    def open_deals(self) -> FloatArray:
        """How many others have a deal under way."""
        return self._deals(OPEN_DEAL)

    def won_deals(self) -> FloatArray:
        """How many others were won."""
        return self._deals(WON_DEAL)

    def days_since_first_touch(self) -> FloatArray:
        """Days since anybody there, the lead with them, first did something; NaN for never."""
        days = np.full(len(self.lookback), np.nan)
        rows, account = self._known
        age = self.lookback.moments.as_of[rows] - self.accounts.first_touch[account]
        days[rows] = np.where(age > 0, age / DAY, np.nan)
        return days

    @cached_property
    def _known(self) -> tuple[IntArray, IntArray]:
        """Rows whose account was known, and that account."""
        fact_row, known = self.lookback.newest_fact(self.accounts.attribute)
        rows = np.flatnonzero(known)
        return rows, self.accounts.code(fact_row[rows])

    def _deals(self, kind: int) -> FloatArray:
        moments = self.lookback.moments
        own = self.accounts.own_deals.count(kind, moments.lead.astype(np.int64), moments.as_of)
        return self._others(self.accounts.present, kind, own)

    def _others(self, everybody: Presence, kind: int, own: npt.NDArray[Any]) -> FloatArray:
        # The lead is always among the people of its own account, hence so is all it did.
        others = np.full(len(self.lookback), np.nan)
        rows, account = self._known
        if len(rows):
            as_of = self.lookback.moments.as_of[rows]
            others[rows] = everybody.count(kind, account, as_of) - own[rows]
        return others
