"""A look back: one rule for every command, and nothing is written."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.definition.yaml.write import with_value
from features.store.releases import read_champion
from serving.cli.main import app
from serving.decisions.in_force.change import adopt_text
from serving.decisions.inspect.explain_lead import explain_lead
from serving.decisions.score_leads import ScoringRun, score_leads
from serving.ledger.access.api_keys import Scope
from serving.ledger.agreements import AgreementDecision
from serving.workspace.api_keys import make_key
from training.tracking.artifact_locations import settle_artifacts

MONTH = 30 * 86_400


@pytest.fixture
def changed(site):
    """The company after its teams agreed on a capacity that makes far more leads MQL."""
    newest = site.place.agreed_versions(site.store).versions[0]
    adopt_text(
        site.place,
        site.store,
        with_value(newest.definition, ("cut_offs", "mql", "per_month"), 15),
        decision=AgreementDecision(by="sales", present="Ito", what="15", why="one on leave"),
        replaces=newest.number,
    )
    return site


@pytest.fixture
def earlier(changed) -> int:
    """A month before the newest decision."""
    reach = score_leads(changed.place).as_of
    return reach - MONTH


def _everything(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """All files of a workspace but the database, and every row of that."""
    with sqlite3.connect(folder / "awase.db") as connection:
        rows = list(connection.iterdump())
    files = {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("awase.db")
    }
    return files, rows


def _qualifications(scored: ScoringRun) -> dict[str, str]:
    rows = scored.predictions.to_pylist()
    return {row["lead_id"]: row["qualification"] for row in rows}


def test_it_is_decided_by_the_agreement_of_then(changed, earlier: int) -> None:
    looked = score_leads(changed.place, earlier)

    assert looked.release_id != read_champion(changed.store).release_id
    assert Counter(_qualifications(looked).values())["NONE"] < len(looked.decisions)


def test_a_look_back_writes_nothing(changed, earlier: int) -> None:
    before = _everything(changed.place.folder)

    looked = score_leads(changed.place, earlier)
    explain_lead(changed.place, looked.most_likely, earlier)

    assert looked.steps is None
    assert len(looked.decisions) > 100
    assert _everything(changed.place.folder) == before


def test_the_commands_write_nothing_either(changed, earlier: int, tmp_path: Path) -> None:
    day = datetime.fromtimestamp(earlier, tz=UTC).isoformat()
    # The company was copied here: the first command brings the addresses of MLflow along.
    settle_artifacts(changed.place.tracking_uri)
    before = _everything(changed.place.folder)

    told = CliRunner().invoke(
        app,
        ["score", "--as-of", day, "--output", str(tmp_path / "then.csv"), "-w",
         str(changed.place.folder)],
    )  # fmt: skip

    assert told.exit_code == 0, told.output
    assert "A look back: nothing is written and nobody is handed over" in told.output
    assert (tmp_path / "then.csv").is_file()
    assert _everything(changed.place.folder) == before


def test_score_explain_and_the_api_say_the_same_of_every_lead(changed, earlier: int) -> None:
    scored = score_leads(changed.place, earlier).predictions.to_pylist()
    qualified = [row for row in scored if row["qualification"] != "NONE"]
    key = make_key(changed.store, "crm", scope=Scope.READ, days=1, by="test")
    browser = changed.page_request()

    for row in [*qualified, *scored[:10]]:
        card = explain_lead(changed.place, row["lead_id"], earlier)
        answer = browser.get(
            f"/v1/leads/{row['lead_id']}/score",
            params={"as_of": datetime.fromtimestamp(earlier, tz=UTC).isoformat()},
            headers={"Authorization": f"Bearer {key}"},
        ).json()
        said = (card.qualification.name, card.probability)
        assert said == (row["qualification"], row["probability"]), row
        assert (answer["qualification"], answer["release_id"]) == (said[0], row["release_id"])
