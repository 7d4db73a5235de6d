"""``awase notebooks``: what an installed wheel lays down is what Jupyter opens and runs."""

import sys
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_each_notebook_is_laid_down_as_jupyter_opens_it(awase, tmp_path: Path) -> None:
    told = awase("notebooks", tmp_path / "ours")

    assert told.returncode == 0, told.stderr
    assert len(NOTEBOOKS) == 6
    for source in NOTEBOOKS:
        opened = jupytext.read(tmp_path / "ours" / f"{source.stem}.ipynb")
        said = [(cell.cell_type, cell.source) for cell in jupytext.read(source).cells]
        assert [(cell.cell_type, cell.source) for cell in opened.cells] == said
        assert opened.metadata.kernelspec.name == "python3"
    assert f"jupyter lab {tmp_path / 'ours'}" in told.stdout


def test_a_copy_that_somebody_changed_is_kept(awase, tmp_path: Path) -> None:
    changed = tmp_path / f"{NOTEBOOKS[0].stem}.ipynb"
    changed.write_text("mine", encoding="utf-8")

    told = awase("notebooks", tmp_path)

    assert changed.read_text(encoding="utf-8") == "mine"
    assert told.stdout.count("kept as it is") == 1
    assert len(list(tmp_path.glob("*.ipynb"))) == len(NOTEBOOKS)


def test_without_jupyter_one_is_told_what_to_install(
    awase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)

    told = awase("notebooks", tmp_path / "ours")

    assert told.returncode == 1
    assert "pip install 'awase[notebooks]'" in told.stderr
    assert not (tmp_path / "ours").exists()
