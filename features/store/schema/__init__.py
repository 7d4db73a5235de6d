"""Every table of the store, declared once for both databases.

Why ``lead_id`` sorts by bytes in PostgreSQL too (collation "C"): both databases then read tables in
the same order, and PostgreSQL can walk the key instead of sorting.

To change a table: 1. change it here; 2. add a file under ``migrations/versions`` that does the
same to an existing database; 3. a test compares the two on SQLite and on PostgreSQL.
"""

from features.store.schema.agreement import (
    agreed_version,
    change_proposal,
    meeting_decision,
    proposal_remark,
)
from features.store.schema.columns import METADATA
from features.store.schema.crm import crm_account, crm_cursor, crm_push
from features.store.schema.delivery import outbox, outbox_channel
from features.store.schema.findings import finding
from features.store.schema.forgotten import forgotten_count, forgotten_lead
from features.store.schema.lead_state import lead_state
from features.store.schema.leads import (
    PERSON,
    SHORT_VALUE_LENGTH,
    event,
    fact,
    hand_over,
    lead,
    lead_external_id,
    note,
    outcome,
    outcome_history,
    person,
    person_search,
)
from features.store.schema.ledger import (
    DECISION,
    audit,
    champion,
    decision,
    definition_version,
    promotion,
    release,
    run,
)
from features.store.schema.people import api_key, one_time_token, session, sign_in_failure, user
from features.store.schema.trial import trial_lead

__all__ = [
    "DECISION",
    "METADATA",
    "PERSON",
    "SHORT_VALUE_LENGTH",
    "agreed_version",
    "api_key",
    "audit",
    "champion",
    "change_proposal",
    "crm_account",
    "crm_cursor",
    "crm_push",
    "decision",
    "definition_version",
    "event",
    "fact",
    "finding",
    "forgotten_count",
    "forgotten_lead",
    "hand_over",
    "lead",
    "lead_external_id",
    "lead_state",
    "meeting_decision",
    "note",
    "one_time_token",
    "outbox",
    "outbox_channel",
    "outcome",
    "outcome_history",
    "person",
    "person_search",
    "promotion",
    "proposal_remark",
    "release",
    "run",
    "session",
    "sign_in_failure",
    "trial_lead",
    "user",
]
