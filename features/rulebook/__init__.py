"""The rulebook at work: points, checklists and their reasons over the snapshots the model sees."""

from features.rulebook.judge import Judgement, judge

__all__ = ["Judgement", "judge"]
