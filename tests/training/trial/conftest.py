"""Simulated trials: accounts of one to three leads, of which each has its own rate."""

from dataclasses import dataclass

import numpy as np
import pytest

from features.core.clock import DAY, to_second
from features.definition import TEMPLATE, parse_definition
from training.trial.count import EnteredLeads

TRIAL = """
trial:
  name: spring
  hypothesis: {ja: モデルのほうが多い, en: The model finds more}
  arms: [{name: rulebook, share: 0.5}, {name: model, share: 0.5}]
  starts_on: 2026-01-01
  months: 12
  worthwhile: 1.5
  expected_accounts: EXPECTED
  signed_by: [{team: marketing, name: head}, {team: sales, name: head}]
"""


THIRDS = (
    "[{name: rulebook, share: 0.4}, {name: model, share: 0.3}, "
    "{name: learned_rulebook, share: 0.3}]"
)
LEARNED = """  learned_rulebook: {mql: {checklist: {label: {ja: 訪問, en: Visit},
    when: {behaviour: page_visit, at_least: 1}}}}
"""


def definition_with(expected_accounts, arms=2):
    text = TRIAL.replace("EXPECTED", str(expected_accounts))
    if arms == 3:
        first = text.index("[{name")
        text = text[:first] + THIRDS + text[text.index("]", first) + 1 :] + LEARNED
    return parse_definition(TEMPLATE.read_text(encoding="utf-8") + text, "with a trial")


@dataclass(frozen=True, kw_only=True)
class World:
    """A trial of a year; ``difference`` is of rates, tested less control."""

    definition: object
    n_accounts: int
    rate: float = 0.06
    difference: float = 0.0

    def draw(self, seed):
        """One trial."""
        draws = np.random.default_rng(seed)
        size = draws.integers(1, 4, self.n_accounts)
        account = np.repeat(np.arange(self.n_accounts), size)
        shares = [arm.share for arm in self.definition.trial.arms]
        arm = np.searchsorted(np.cumsum(shares)[:-1], draws.random(self.n_accounts), "right")
        arm = arm[account].astype(np.int64)
        is_tested = arm > 0
        # Of mean one: leads of an account do alike, and what is known beforehand tells half of it.
        known, unknown = (draws.gamma(2.0, 0.5, self.n_accounts)[account] for _ in range(2))
        chance = self.rate * known * unknown + self.difference * is_tested * known
        begins = to_second(self.definition.trial.begins(self.definition.zone))
        n = len(account)
        converted = draws.random(n) < np.clip(chance, 0, 1)
        return EnteredLeads(
            unit=account,
            account=account,
            arm=arm,
            entered=begins + draws.integers(0, 365, n) * DAY,
            handed_over=converted | (draws.random(n) < 0.2),
            converted=converted,
            won=converted & (draws.random(n) < 0.3),
            probability=self.rate * known,
            rulebook_points=10 * known,
            age_days=draws.random(n),
        )


@pytest.fixture(scope="session")
def world():
    """Function of accounts and a true difference that gives a world."""

    def make(n_accounts, arms=2, **others):
        definition = definition_with(n_accounts, arms)
        return World(definition=definition, n_accounts=n_accounts, **others)

    return make
