"""Something that may have moved, with the chance that it only seems so."""

from dataclasses import dataclass

from training.results.records import DriftFinding

FALSE_ALARM_RATE = 0.01
"""Chance, over everything asked in one run, of a finding where nothing moved: one in eight years of
monthly runs."""


@dataclass(frozen=True, kw_only=True)
class TestedFinding:
    """A finding to be, if its chance stays small after correction for all that was asked.

    Attributes
    ----------
    chance : float
        Probability of something so unusual, had nothing moved; before correction.
    """

    finding: DriftFinding
    chance: float
