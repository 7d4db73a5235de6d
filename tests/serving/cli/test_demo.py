"""Which company the demo simulates."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.definition import parse_definition
from features.definition.targets import targets_beyond_capacity
from features.definition.yaml.read import TEMPLATE
from serving.cli.data import demo
from serving.workspace.create import create_workspace
from training.simulation.definition import definition_text


@pytest.mark.parametrize(
    ("arguments", "seed"), [pytest.param((), 7, marks=pytest.mark.long), (("--seed", "8"), 8)]
)
def test_the_seed_of_everything_draws_the_company_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], seed: int
) -> None:
    monkeypatch.setenv("AWASE_SEED", "7")
    # A demo goes no further than its exports where a workspace already stands.
    create_workspace(tmp_path / "demo", TEMPLATE)
    small = ("--leads", "500", "--months", "6", "--workspace", str(tmp_path / "demo"))

    result = CliRunner().invoke(demo.app, [*small, *arguments])

    assert f"500 leads over 6 months, seed {seed}" in result.output


@pytest.mark.parametrize(
    ("leads", "months", "capacity"),
    [(None, 18, 400), (None, 24, 90), (2_000, 18, 40), (500, 60, 3)],
)
def test_the_capacity_of_a_demo_grows_with_its_leads(
    leads: int | None, months: int, capacity: int
) -> None:
    settings = demo.demo_settings(months, leads, 1)
    definition = parse_definition(definition_text(settings), "demo.yaml")
    targets = {kpi.name: (kpi.target, kpi.at_most) for kpi in definition.kpis}

    assert definition.cut_offs.mql.per_month == capacity
    assert definition.sales.capacity_per_month == capacity
    assert targets["mql_count"] == (max(round(0.8 * capacity), 1), capacity)
    assert targets["opportunity_count"] == (max(round(0.25 * capacity), 1), None)
    assert not targets_beyond_capacity(definition)
