"""The rulebook at work: points, checklists and their reasons over the snapshots the model sees."""

from features.rulebook.check import Idle, check_rulebook, idle_parts
from features.rulebook.explain import Explanation, explain
from features.rulebook.judge import Judgement, columns_asked, judge, judge_row
from features.rulebook.lines import RulebookLines

__all__ = [
    "Explanation",
    "Idle",
    "Judgement",
    "RulebookLines",
    "check_rulebook",
    "columns_asked",
    "explain",
    "idle_parts",
    "judge",
    "judge_row",
]
