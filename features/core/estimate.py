"""A figure with its interval: what every record that measures something is made of."""

from dataclasses import dataclass

INTERVAL_SHARE = 0.95
"""Share of bootstrap repetitions inside every interval of the records."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure and its 95 % bootstrap interval; the ends are None where it cannot be drawn."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves out zero, else 0: no difference is shown."""
        if self.low is None or self.high is None:
            return 0
        return int(self.low > 0) - int(self.high < 0)
