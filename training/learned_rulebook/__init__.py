"""A rulebook of few rules and whole points, learned from matured outcomes within agreed limits.

Reading order: `constraints`, `candidates` (what may be asked), `pool` and `selection` (which to
ask), `patterns` and `whole_points` (how much each is worth), `thresholds`, `learn`, then `recovery`
and `propose` (what it would have done).
"""

from training.learned_rulebook.constraints import Constraints
from training.learned_rulebook.learn import LearnedProposal, learn_rulebook
from training.learned_rulebook.propose import TestedProposal, propose_rulebook
from training.results.recovery_records import Recovery

__all__ = [
    "Constraints",
    "LearnedProposal",
    "Recovery",
    "TestedProposal",
    "learn_rulebook",
    "propose_rulebook",
]
