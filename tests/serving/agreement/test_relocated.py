"""A workspace that was copied or moved reads and writes inside itself alone."""

import shutil
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.store.releases import read_champion
from serving.cli.main import app
from serving.workspace.workspace import Workspace

ODD = "nobody's A&B; (何)"
"""A folder's name that a shell or an address may take for more than a name."""

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _awase(*words: object) -> str:
    told = CliRunner().invoke(app, [str(word) for word in words])
    assert told.exit_code == 0, told.output
    return told.output


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["copied", "restored"])
def copied(
    request: pytest.FixtureRequest, small_company: Path, tmp_path: Path
) -> tuple[Path, Path]:
    """A workspace whose original is gone, and where that was."""
    original, copy = shutil.copytree(small_company, tmp_path / "original"), tmp_path / ODD
    # From here on MLflow's database says that its artifacts lie in the original.
    _awase("check", "--workspace", original)
    if request.param == "copied":
        shutil.copytree(original, copy)
    else:
        _awase("backup", tmp_path / "b.zip", "--workspace", original)
        _awase("restore", tmp_path / "b.zip", copy)
    original.rename(tmp_path / "away")
    return copy, original


def _addresses(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        columns = connection.execute(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
            " WHERE t.type = 'table'"
        ).fetchall()
        return [
            str(row[0])
            for table, column in columns
            for row in connection.execute(f'SELECT "{column}" FROM "{table}"')
            if isinstance(row[0], str) and "file://" in row[0]
        ]


def test_a_copy_names_nothing_of_its_original(copied: tuple[Path, Path]) -> None:
    copy, original = copied

    _awase("check", "--workspace", copy)

    addresses = _addresses(copy)
    assert len(addresses) >= 4
    assert all(address.startswith(f"{copy.as_uri()}/mlflow") for address in addresses)
    assert not original.exists()


def test_a_copy_trains_registers_and_loads_within_itself(copied: tuple[Path, Path]) -> None:
    copy, original = copied
    before = _files(copy / "mlflow")

    path = copy / "lead_definition.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("per_month: 40", "per_month: 30", 1))
    _awase("definition", "adopt", "--why", "one on leave", "--workspace", copy)
    place = Workspace.at(copy)
    _awase("release", "promote", "champion", "--why", "as it is", "--workspace", copy)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow

        mlflow.set_tracking_uri(place.tracking_uri)
        model = mlflow.pyfunc.load_model("models:/awase@champion")
        known = mlflow.MlflowClient().get_model_version_by_alias("awase", "champion")
    store = place.store()
    assert known.tags["release_id"] == read_champion(store).release_id
    store.close()
    assert model.metadata.signature is not None
    assert _files(copy / "mlflow") > before
    assert not original.exists()


def test_a_copy_scores_explains_and_reviews(copied: tuple[Path, Path], tmp_path: Path) -> None:
    copy, original = copied

    told = _awase("score", "--output", tmp_path / "scores.csv", "--workspace", copy)
    _awase("explain", "L00790", "--workspace", copy)
    _awase("review", "--month", "2025-01", "--workspace", copy)

    assert "by release" in told
    assert not original.exists()
