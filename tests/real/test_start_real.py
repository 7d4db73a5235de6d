"""Public data sets: every file is read for what it is, and nothing that gives the outcome away."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.importing.files.read_file import read_file
from features.importing.proposal.column_guess import ColumnRole
from features.importing.proposal.looked_at import look_at
from features.importing.proposal.roles import understand
from features.importing.proposal.writing.propose import Proposal, propose
from serving.cli.main import app
from tests.real.conftest import DATA

EXPECTED = {
    "olist_funnel": ("mql_id", "first_contact_date", "won_date", 842),
    "x_education": ("Prospect ID", None, "Converted", 3561),
    "maven_crm": ("opportunity_id", "engage_date", "deal_stage", 4238),
    "bpic2012_asof": ("case_id", "registered_at", "activity", 1277),
}
"""Key, creation, outcome, and how many leads reached it."""

LEAKS = {
    "x_education": {
        "Tags",
        "Lead Quality",
        "Lead Profile",
        "Last Activity",
        "Last Notable Activity",
        "Asymmetrique Activity Index",
        "Asymmetrique Profile Index",
        "Asymmetrique Activity Score",
        "Asymmetrique Profile Score",
    },
    "olist_funnel": {"business_segment", "lead_type", "average_stock", "declared_monthly_revenue"},
    "maven_crm": {"close_value"},
    "bpic2012_asof": set(),
}


@pytest.fixture(scope="module", params=list(EXPECTED))
def proposed(request: pytest.FixtureRequest) -> tuple[str, Proposal]:
    folder: Path = DATA / request.param
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: public data sets are kept outside the repository")
    files = [look_at(read_file(path)) for path in sorted(folder.iterdir())]
    return request.param, propose(understand(files))


def test_key_creation_and_outcome_are_found(proposed: tuple[str, Proposal]) -> None:
    name, proposal = proposed
    found = proposal.understanding
    created = found.created

    assert (
        found.tables.key.header,
        None if created is None else created.header,
        found.outcomes[0].column,
        int(found.won.sum()),
    ) == EXPECTED[name]


def test_nothing_that_gives_the_outcome_away_is_a_fact(proposed: tuple[str, Proposal]) -> None:
    name, proposal = proposed
    suspects = {column.header for column in proposal.understanding.of(ColumnRole.LEAK)}
    facts = {fact.column for entry in proposal.mapping.files for fact in entry.facts}

    assert suspects >= LEAKS[name]
    assert not facts & suspects


def test_a_start_before_outcomes_were_recorded_is_left_out(proposed: tuple[str, Proposal]) -> None:
    name, proposal = proposed
    expected = "2018-01-01" if name == "olist_funnel" else "None"

    assert str(proposal.definition.snapshots.starts_on) == expected


ENDS = {
    "olist_funnel": "Only the level of the probabilities is off",
    "maven_crm": "not shown to be better than the base rate",
    "x_education": "is in use.",
    "bpic2012_asof": "Only the level of the probabilities is off",
}
"""A release, or the right refusal: the rate of the first falls by half within the test, that of the
last by a third of the odds (a shift of -.41, and -.35 before young leads taught, when its interval
just reached the tolerance); nothing known at creation tells enough in the second."""


@pytest.mark.parametrize(
    "name",
    [name if name == "maven_crm" else pytest.param(name, marks=pytest.mark.long) for name in ENDS],
)
def test_a_start_ends_in_a_release_or_the_right_refusal(name: str, tmp_path: Path) -> None:
    if not (DATA / name).is_dir():
        pytest.skip(f"{DATA / name} is not there: public data sets are kept outside the repository")

    told = CliRunner().invoke(app, ["start", str(DATA / name), "--yes", "-w", str(tmp_path / "w")])

    assert told.exit_code == 0, told.output
    assert ENDS[name] in told.output
