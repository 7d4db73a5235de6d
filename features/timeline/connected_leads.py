"""Leads that must be looked at together: those that ever shared an account, however indirectly.

A lead that moved ties both its accounts into one group. Slices and partitions never cut a group, so
that whatever is counted over colleagues is complete in each of them.
"""

import numpy as np
import pyarrow as pa

from features.timeline.codes import ABSENT, Codes, column_codes, distinct_texts


def lead_groups(lead_ids: pa.Array, fact: pa.Table, account: str | None) -> Codes:
    """Group number of each lead; every lead its own group where there are no accounts.

    Parameters
    ----------
    lead_ids : Array of shape (n_leads,)
        Ascending.
    fact : Table
    account : str or None
        The attribute whose value names the account.

    Returns
    -------
    ndarray of shape (n_leads,)
    """
    if account is None:
        return np.arange(len(lead_ids), dtype=np.int32)
    # Imported here: one lead needs no groups, and scipy takes a tenth of a second.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    known = fact.filter(pa.array(column_codes(fact.column("attribute"), (account,)) != ABSENT))
    lead = column_codes(known.column("lead_id"), lead_ids)
    value, accounts = distinct_texts(known.column("value"))
    tied = (lead != ABSENT) & (value != ABSENT)
    n_leads, n_nodes = len(lead_ids), len(lead_ids) + len(accounts)
    ties = (np.ones(int(tied.sum()), np.int8), (lead[tied], n_leads + value[tied]))
    graph = coo_array(ties, shape=(n_nodes, n_nodes))
    _, component = connected_components(graph, directed=False)
    groups: Codes = np.unique(component[:n_leads], return_inverse=True)[1].astype(np.int32)
    return groups
