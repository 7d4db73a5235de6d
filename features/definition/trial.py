"""A trial agreed by both teams: each judge has a share of the leads, drawn by lot.

The lot is a keyed hash of the account (of the lead where it has none), so that anybody can draw it
again: ``blake2b(account, key=name of the trial)`` as a number in [0, 1); the first arm takes what
lies below its share, the next what lies below both of theirs. The name is the key: another trial,
with other shares, draws anew.
"""

import hashlib
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from features.core.text import Text
from features.definition.rulebook import Rulebook
from features.definition.section import DefinitionSection, Name, Words
from features.definition.terms import Signature

Arm = Literal["rulebook", "model", "learned_rulebook"]

ARM_WORDS: dict[str, Text] = {
    "rulebook": Text(ja="ルールブック", en="rulebook"),
    "model": Text(ja="モデル", en="model"),
    "learned_rulebook": Text(ja="学習したルールブック", en="learned rulebook"),
}

Counted = Literal[
    "outcomes_per_100_leads",
    "outcomes_per_100_hand_overs",
    "won_per_100_leads",
    "hours_per_100_leads",
]
"""Figures that a trial may be decided by."""

FEWEST_ARMS = 2

FEWEST_SHARE = 0.05
"""The smallest share an arm may have."""

ROUNDING = 1e-9
"""By so much the shares of the arms may miss 1."""


class TrialArm(DefinitionSection):
    """Who judges a share of the leads."""

    name: Arm
    """rulebook: the points of this definition; model: the release in use; learned_rulebook: the
    points that are signed with the trial."""
    share: Annotated[float, Field(ge=FEWEST_SHARE, le=1 - FEWEST_SHARE)]
    """Share of the accounts, and of what sales can work in a month."""


class Trial(DefinitionSection):
    """Judges side by side, by lot: what is asked, how, for how long."""

    name: Name
    """Name of the trial, and key of its lot; another trial needs another name."""
    hypothesis: Words
    """What the trial is to show."""
    arms: tuple[TrialArm, ...]
    """Two judges or three with their shares; the others are compared with the first."""
    learned_rulebook: Rulebook | None = None
    """What the arm of that name judges by, from first to last day (`awase rulebook propose`)."""
    starts_on: date
    """The day from which leads are drawn."""
    months: Annotated[int, Field(ge=1, le=36)]
    """Months in which leads enter; then their horizon is waited for."""
    counted: Counted = "outcomes_per_100_leads"
    """The figure that decides; all others are told beside it."""
    worthwhile: Annotated[float, Field(gt=0)]
    """The smallest difference worth having, in the unit of the figure that decides."""
    expected_accounts: Annotated[int, Field(ge=1)]
    """Accounts expected to have ripened at the end (`awase trial plan`): where the monthly interval
    is narrowest depends on it, and nothing else."""
    show_arm_to_sales: bool = False
    """Whether sales see which judge handed a lead over."""
    signed_by: Annotated[tuple[Signature, ...], Field(min_length=1)]
    """Who agreed to the trial, for which team."""

    @model_validator(mode="after")
    def _check(self) -> "Trial":
        names = [arm.name for arm in self.arms]
        if len(names) < FEWEST_ARMS or len({*names}) < len(names):
            told = ", ".join(sorted(names))
            raise ValueError(f"must have two arms or three, each once; got {told}")
        if ("learned_rulebook" in names) != (self.learned_rulebook is not None):
            msg = (
                "must hold the rulebook that the arm learned_rulebook judges by, and none without "
                "that arm"
            )
            raise ValueError(msg)
        together = sum(arm.share for arm in self.arms)
        if abs(together - 1) > ROUNDING:
            raise ValueError(f"must have shares of the arms that add up to 1; got {together:g}")
        return self

    @property
    def control(self) -> TrialArm:
        """The arm that the others are compared with."""
        return self.arms[0]

    @property
    def tested(self) -> tuple[TrialArm, ...]:
        """The arms that are compared with it."""
        return self.arms[1:]

    def share_of(self, arm: str) -> float:
        """Share of an arm: the chance that the lot draws it."""
        return next(each.share for each in self.arms if each.name == arm)

    def begins(self, zone: ZoneInfo) -> datetime:
        """First instant at which leads enter."""
        return datetime(self.starts_on.year, self.starts_on.month, self.starts_on.day, tzinfo=zone)

    def closes(self, zone: ZoneInfo) -> datetime:
        """First instant at which no lead enters any more."""
        month = self.starts_on.month - 1 + self.months
        year = self.starts_on.year + month // 12
        # A month may be too short for the day: its last one then.
        day = min(self.starts_on.day, _days_of(year, month % 12 + 1))
        return datetime(year, month % 12 + 1, day, tzinfo=zone)

    def arm_of(self, unit: str) -> Arm:
        """The arm that the lot draws for an account, or a lead without one.

        Parameters
        ----------
        unit : str
            As :func:`lot_unit` writes it.
        """
        drawn = hashlib.blake2b(unit.encode(), key=self.name.encode(), digest_size=8).digest()
        left = int.from_bytes(drawn, "big") / 2**64
        for arm in self.arms[:-1]:
            if left < arm.share:
                return arm.name
            left -= arm.share
        return self.arms[-1].name


def group_of(trial: str, arm: str) -> str:
    """Name the group of an arm for those who are not to know which judge it has.

    Which letter is whose is drawn with the trial's name, so that no letter gets known for a judge.

    Parameters
    ----------
    trial, arm : str
        Names of both.

    Examples
    --------
    >>> sorted(group_of("spring", arm) for arm in ARM_WORDS)
    ['spring: A', 'spring: B', 'spring: C']
    """

    def drawn(name: str) -> bytes:
        return hashlib.blake2b(name.encode(), key=trial.encode(), digest_size=8).digest()

    return f"{trial}: {'ABC'[sorted(ARM_WORDS, key=drawn).index(arm)]}"


def lot_unit(lead_id: str, account: str | None) -> str:
    """What is drawn for a lead: its account, or itself where it has none.

    Parameters
    ----------
    lead_id : str
    account : str or None
        As the lead tables hold it.

    Examples
    --------
    >>> lot_unit("L1", "A7"), lot_unit("L1", None)
    ('account:A7', 'lead:L1')
    """
    return f"lead:{lead_id}" if account is None else f"account:{account}"


def _days_of(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
