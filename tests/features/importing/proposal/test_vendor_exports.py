"""Exports of systems without a connector: recognised, and every column taken for what it is."""

from pathlib import Path

import pytest

from features.definition import TEMPLATE, read_definition
from features.importing.import_files import import_files
from features.importing.presets.entries import recognise
from features.importing.proposal.column_guess import ColumnRole
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from features.importing.proposal.writing.propose import propose
from features.importing.proposal.writing.propose_mapping import propose_mapping
from features.store import Store
from tests.features.importing.proposal.vendor_exports import (
    EXPORTS,
    N_LEADS,
    ROLES,
    Export,
    write_export,
    write_ga4_events,
)

NAMED = (ColumnRole.ATTRIBUTE, ColumnRole.PERSON)
"""Roles whose columns say which."""


@pytest.mark.parametrize("export", EXPORTS, ids=lambda one: f"{one.kind}-{one.headers[0]}")
def test_an_export_is_recognised_and_understood(export: Export, tmp_path: Path) -> None:
    write_export(export, tmp_path)

    proposal = propose(understand(list(read_raw([tmp_path]).files)))

    found = proposal.understanding
    kind = recognise(export.headers, ())
    got = {
        c.header: (str(c.role), c.named if c.role in NAMED else "")
        for c in found.columns
        if c.file == "leads.csv"
    }
    assert kind is not None
    assert kind.name == export.kind
    assert got == {header: ROLES[what] for header, what in export.columns.items()}
    assert found.outcomes[0].confidence >= 0.7
    if export.deals is not None:
        assert (found.outcomes[0].file, found.outcomes[0].column) == ("deals.csv", export.deals[1])


@pytest.mark.parametrize("export", EXPORTS, ids=lambda one: f"{one.kind}-{one.headers[0]}")
def test_an_export_is_imported_without_a_mapping(
    export: Export, tmp_path: Path, sqlite_url: str
) -> None:
    write_export(export, tmp_path)
    definition = read_definition(TEMPLATE)

    proposal = propose_mapping([tmp_path / "leads.csv"], definition)
    store = Store.open(sqlite_url)
    report = import_files(
        store, [tmp_path / "leads.csv"], mapping=proposal.mapping, definition=definition
    )
    n_leads = store.read_table("lead").num_rows
    store.close()

    assert report.rejected == 0
    assert n_leads == N_LEADS


def test_events_of_ga4_alone_make_the_leads(tmp_path: Path) -> None:
    write_ga4_events(tmp_path / "events.csv")

    proposal = propose(understand(list(read_raw([tmp_path]).files)))

    found, outcome = proposal.understanding, proposal.understanding.outcomes[0]
    kind = recognise([c.header for c in found.tables.leads.columns], ())
    assert kind is not None
    assert kind.name == "GA4 events"
    assert found.tables.is_log
    assert found.tables.key.header == "user_pseudo_id"
    assert found.created is not None
    assert found.created.header == "event_timestamp"
    assert outcome.column == "event_name"
    assert outcome.values == {
        "qualify_lead": "opportunity", "close_convert_lead": "won", "disqualify_lead": "lost",
    }  # fmt: skip
    assert {"page_visit", "inquiry", "document_download"} <= {
        behaviour.name for behaviour in proposal.definition.behaviours
    }
