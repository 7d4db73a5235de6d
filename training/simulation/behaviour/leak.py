"""An attribute that knows the outcome, for the leakage audit to find.

Sales file a short class beside leads they work, mostly once there is a deal, and the CRM keeps
only its current value: nobody can say when it became known.
"""

import numpy as np

from training.simulation.behaviour import codes
from training.simulation.company import SimulatedCompany
from training.simulation.records.values import Texts

ATTRIBUTE = "follow_up_class"
COLUMN = "追客メモ区分"
LINE = f"  - {{name: {ATTRIBUTE}, kind: category, label: {{ja: {COLUMN}, en: Follow-up class}}}}\n"
MAPPING = f"      - {{attribute: {ATTRIBUTE}, column: {COLUMN}, known_at: unknown}}\n"


def leak_column(company: SimulatedCompany) -> Texts:
    """Current class of each lead; None for most leads that never became an opportunity."""
    rng = np.random.default_rng([company.settings.seed, 4])
    lead, kind = company.lead_of_row, company.journal["kind"]
    has_deal = np.zeros(len(company.leads), dtype=bool)
    has_deal[lead[kind == codes.OPPORTUNITY_MADE]] = True
    was_handed_over = np.zeros(len(company.leads), dtype=bool)
    was_handed_over[lead[kind == codes.HAND_OVER]] = True
    chance = rng.random(len(company.leads))
    column = np.full(len(company.leads), None, dtype=object)
    column[has_deal & (chance < 0.9)] = "提案準備"
    column[~has_deal & was_handed_over & (chance < 0.15)] = "連絡待ち"
    column[~has_deal & ~was_handed_over & (chance < 0.02)] = "連絡待ち"
    return column
