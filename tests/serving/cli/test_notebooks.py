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


def test_notebooks_read_the_workspace_that_was_named(awase, tmp_path: Path) -> None:
    awase("init", tmp_path / "company")

    told = awase("notebooks", tmp_path / "ours", "-w", tmp_path / "company")

    assert told.returncode == 0, told.stderr
    assert f"They read {tmp_path / 'company'}." in told.stdout
    reading = []
    for copy in sorted((tmp_path / "ours").glob("*.ipynb")):
        code = "\n".join(cell.source for cell in jupytext.read(copy).cells)
        assert 'demo-workspace")' not in code
        if f"awase.Workspace.at(Path('{tmp_path / 'company'}'))" in code:
            reading.append(copy.stem)
    assert reading == [
        "01_explore_the_leads",
        "02_train_and_calibrate",
        "03_model_against_rulebook",
        "explain_leads",
    ]


def test_notebooks_of_a_workspace_that_is_not_there_are_not_laid_down(
    awase, tmp_path: Path
) -> None:
    told = awase("notebooks", tmp_path / "ours", "-w", tmp_path / "company")

    assert told.returncode == 1
    assert "a workspace holds a lead_definition.yaml; got none" in " ".join(told.stderr.split())
    assert not (tmp_path / "ours").exists()


def test_without_jupyter_one_is_told_what_to_install(
    awase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)

    told = awase("notebooks", tmp_path / "ours")

    assert told.returncode == 1
    assert "pip install 'awase[notebooks]'" in told.stderr
    assert not (tmp_path / "ours").exists()
