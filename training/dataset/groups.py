"""Which leads belong together: those of one account, where the definition names an account."""

import numpy as np

from features.core.arrays import IntArray
from features.definition import LeadDefinition
from features.history import History
from features.timeline.codes import ABSENT


def account_groups(history: History, definition: LeadDefinition) -> IntArray:
    """A group code per lead: shared by the leads of an account, a lead's own where it has none.

    The newest account counts, whenever it became known: groups decide what is held out together
    and resampled together, never what is predicted.

    Returns
    -------
    ndarray of shape (n_leads,)
    """
    groups = np.arange(history.n_leads, dtype=np.int64)
    account = definition.roles.account
    if account is None:
        return groups
    facts = history.facts
    group = facts.group(account)
    newest = facts.index.starts(group)[1:] - 1
    has_any = np.diff(facts.index.starts(group)) > 0
    codes = np.full(history.n_leads, ABSENT, dtype=np.int64)
    codes[has_any] = facts.codes[group][newest[has_any]]
    return np.where(codes == ABSENT, groups, history.n_leads + codes)
