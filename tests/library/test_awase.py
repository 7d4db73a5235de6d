"""The library: lazy names, and a clear word about folders of the same name."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import awase

NOTEBOOKS = Path(awase.__file__).parent / "notebooks"
HEAVY = ("lightgbm", "numpy", "pandas", "pyarrow", "scipy", "sqlalchemy")


def test_every_public_name_is_there_and_documented() -> None:
    undocumented = [name for name in awase.__all__ if not getattr(awase, name).__doc__]

    assert undocumented == []
    assert set(awase.__all__) == set(awase._HOME)
    assert set(awase.__all__) <= set(dir(awase))


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'gather'"):
        awase.gather  # noqa: B018


@pytest.mark.parametrize("notebook", sorted(NOTEBOOKS.glob("*.py")), ids=lambda path: path.stem)
def test_a_notebook_needs_nothing_of_ours_but_the_library(notebook: Path) -> None:
    nodes = list(ast.walk(ast.parse(notebook.read_text(encoding="utf-8"))))
    imported = {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}

    assert "awase" in imported
    assert not {name.split(".")[0] for name in imported} & {"features", "training", "serving"}


def test_importing_the_library_imports_nothing_heavy() -> None:
    program = f"import sys, awase; print([m for m in {HEAVY!r} if m in sys.modules])"

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize("floor", ["features", "training", "serving"])
def test_a_folder_of_the_same_name_is_named_with_the_remedy(floor: str, tmp_path: Path) -> None:
    (tmp_path / floor).mkdir()
    (tmp_path / floor / "__init__.py").write_text("", encoding="utf-8")

    shown = subprocess.run(
        [sys.executable, "-c", "import awase"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode == 1
    assert f"the folder {floor} of Awase must be the one that Python imports" in shown.stderr
    assert str(tmp_path / floor) in shown.stderr
    assert "rename that folder" in shown.stderr


def test_the_wheel_holds_the_typed_library_and_the_notebooks(tmp_path: Path) -> None:
    root = Path(awase.__file__).parent
    for name in ("awase.py", "README.md", "pyproject.toml"):
        shutil.copy(root / name, tmp_path / name)
    for floor in ("features", "training", "serving"):
        (tmp_path / floor).mkdir()
        for name in ("__init__.py", "py.typed"):
            shutil.copy(root / floor / name, tmp_path / floor / name)
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")
    program = (
        "import hatchling.build, zipfile;"
        "print(zipfile.ZipFile(hatchling.build.build_wheel('.')).namelist())"
    )

    made = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    for name in ("awase.py", "features/py.typed", "training/py.typed", "serving/py.typed"):
        assert name in made.stdout
    assert [path.name for path in NOTEBOOKS.glob("*.py") if path.name not in made.stdout] == []
