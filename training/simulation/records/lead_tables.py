"""The simulated company's lead tables without the way through files: for benches of many companies.

An import of the exported files stores the same leads, events, facts and opportunities (a test holds
the snapshots of both against each other); only how people write a value may differ. Hand-overs and
verdicts are left out, since nothing a model reads comes from them.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.store.lead_tables import EVENT, FACT, HAND_OVER, LEAD, OUTCOME, LeadTables
from training.simulation.behaviour import codes
from training.simulation.behaviour import hazards as h
from training.simulation.company import SimulatedCompany
from training.simulation.records import words
from training.simulation.records.identities import draw_identities
from training.simulation.records.values import write_values


def lead_tables(company: SimulatedCompany) -> LeadTables:
    """What a model can learn from, as the tables an import would store."""
    ids, created_at = np.array(company.lead_ids, dtype=object), company.leads["created_at"]
    return LeadTables(
        lead=pa.table(
            {
                "lead_id": ids,
                "created_at": created_at,
                "day_only": np.zeros(len(ids), dtype=bool),
                "arrival": pa.nulls(len(ids), pa.float64()),
            },
            schema=LEAD,
        ),
        fact=_facts(company, ids),
        event=_events(company, ids),
        outcome=_opportunities(company, ids),
        hand_over=HAND_OVER.empty_table(),
    )


def _facts(company: SimulatedCompany, ids: np.ndarray) -> pa.Table:
    journal, people = company.journal, draw_identities(company)
    rng = np.random.default_rng([company.settings.seed, 3])
    told = (journal["kind"] == codes.FACT) & (journal["code"] >= codes.INDUSTRY)
    facts, lead = journal[told], company.lead_of_row[told]
    channel = company.leads["given"][:, 0].astype(int)
    given: dict[str, list[str] | list[str | None]] = {
        "account_id": people.account_id,
        "channel": [words.CHANNEL_WORDS[h.CHANNEL_NAMES[code]] for code in channel.tolist()],
        "email_domain": [address.rpartition("@")[2] for address in people.email],
    }
    created_at = company.leads["created_at"]
    attribute = [codes.ATTRIBUTES[code] for code in facts["code"].tolist()]
    attribute += [name for name, values in given.items() for _ in values]
    written = write_values(facts, rng)
    # An import settles yes and no; everything else stays as people write it.
    decides = facts["code"] == codes.DECISION_MAKER
    written[decides] = np.where(facts["value"][decides] > 0, "true", "false")
    texts: list[str | None] = written.tolist()
    texts += [text for values in given.values() for text in values]
    facts_of_all = pa.table(
        {
            "lead_id": np.concatenate([ids[lead], np.tile(ids, len(given))]),
            "attribute": attribute,
            "known_at": np.concatenate([facts["at"], np.tile(created_at, len(given))]),
            "value": pa.array(texts, pa.string()),
            "honest": np.ones(len(attribute), dtype=bool),
        },
        schema=FACT,
    )
    # A lead with a free-mail address has no account.
    return facts_of_all.filter(pc.is_valid(facts_of_all.column("value")))


def _events(company: SimulatedCompany, ids: np.ndarray) -> pa.Table:
    journal = company.journal
    rows = np.flatnonzero(journal["kind"] == codes.EVENT)
    code = journal["code"][rows]
    return pa.table(
        {
            "event_id": [f"A{row}" for row in rows.tolist()],
            "lead_id": ids[company.lead_of_row[rows]],
            "behaviour": np.array(codes.BEHAVIOURS, dtype=object)[code],
            "occurred_at": journal["at"][rows],
            "known_at": journal["at"][rows],
            "actor": np.where(code == codes.SALES_CALL, "sales", "lead"),
            "amount": pa.array(journal["value"][rows], from_pandas=True),
        },
        schema=EVENT,
    )


def _opportunities(company: SimulatedCompany, ids: np.ndarray) -> pa.Table:
    journal = company.journal
    rows = np.flatnonzero(journal["kind"] == codes.OPPORTUNITY_MADE)
    told = {
        "lead_id": ids[company.lead_of_row[rows]],
        "stage": pa.repeat(pa.scalar("opportunity"), len(rows)),
        "occurred_at": journal["at"][rows],
        "known_at": journal["at"][rows],
    }
    untold = {f.name: pa.nulls(len(rows), f.type) for f in OUTCOME if f.name not in told}
    return pa.table(told | untold, schema=OUTCOME)
