"""Made-up exports in five languages: what tells leads, creation and outcome is found."""

from collections import Counter
from pathlib import Path

import pytest

from features.importing.files.read_file import read_file
from features.importing.proposal.column_guess import ASK_BELOW, ColumnGuess, Understanding
from features.importing.proposal.looked_at import look_at
from features.importing.proposal.roles import understand
from features.importing.proposal.writing.propose import propose
from tests.features.importing.proposal.generated_company import Company, make_company

N_COMPANIES = 200
A_QUARTER = N_COMPANIES // 4
ESSENTIAL, ROLES = 0.99, 0.95


def read_company(folder: Path, seed: int) -> tuple[Company, Understanding]:
    company = make_company(folder, seed)
    return company, understand([look_at(read_file(file)) for file in sorted(folder.iterdir())])


@pytest.fixture(
    scope="module", params=[A_QUARTER, pytest.param(N_COMPANIES, marks=pytest.mark.long)]
)
def companies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Company, Understanding]]:
    seeds = range(request.param)
    return [read_company(tmp_path_factory.mktemp(f"c{seed}"), seed) for seed in seeds]


def test_id_created_and_outcome_are_found(
    companies: list[tuple[Company, Understanding]],
) -> None:
    right: Counter[str] = Counter()
    for company, found in companies:
        right["id"] += found.tables.key.header == company.key
        right["created"] += found.created is not None and found.created.header == company.created
        right["outcome"] += bool(found.outcomes) and (
            (found.outcomes[0].file, found.outcomes[0].column) == company.outcome
        )

    assert min(right[what] for what in ("id", "created", "outcome")) >= ESSENTIAL * len(companies)


def is_right(company: Company, column: ColumnGuess) -> bool:
    role, named = company.truth[column.file, column.header]
    if role == "outcome" and column.role == "behaviour":  # a log's type tells both
        return True
    return column.role == role and (role != "attribute" or column.named == named)


def test_roles_of_columns_are_right(companies: list[tuple[Company, Understanding]]) -> None:
    right = [is_right(company, column) for company, found in companies for column in found.columns]

    assert sum(right) >= ROLES * len(right)
    assert len(right) == sum(len(company.truth) for company, _ in companies)


def test_no_leak_is_used(companies: list[tuple[Company, Understanding]]) -> None:
    used = {"attribute", "behaviour", "owner", "account"}
    leaks = [
        (company.seed, column.header)
        for company, found in companies
        for column in found.columns
        if company.truth[column.file, column.header][0] == "leak suspect" and column.role in used
    ]

    assert leaks == []


def test_a_wrong_guess_is_never_silent(
    companies: list[tuple[Company, Understanding]],
) -> None:
    silent = [
        (company.seed, column.header, column.role)
        for company, found in companies
        for column in found.columns
        if not is_right(company, column) and column.confidence >= ASK_BELOW
    ]

    assert silent == []


@pytest.mark.parametrize("seed", range(N_COMPANIES, N_COMPANIES + 14))
def test_both_files_pass_every_check(seed: int, tmp_path: Path) -> None:
    company, found = read_company(tmp_path, seed)

    proposal = propose(found)

    assert proposal.mapping.files[0].lead_id == company.key
    assert company.outcome[1] in proposal.mapping_text
