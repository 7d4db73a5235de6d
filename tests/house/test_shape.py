"""The rules of shape that matter, checked over every file of the three layers."""

import ast
import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("features", "training", "serving")
SOURCES = sorted(itertools.chain.from_iterable((ROOT / layer).rglob("*.py") for layer in LAYERS))
MIGRATIONS = "migrations"

LONGEST_FILE = 400
LONGEST_BODY = 50
MOST_ARGUMENTS = 6
POSITIONAL_ARGUMENTS = 2
# Slow to import or optional; everything else is imported at the top of the file.
IMPORTED_LATE = {
    "altair",
    "dask",
    "distributed",
    "matplotlib",
    "matplotlib_fontja",
    "mlflow",
    "optuna",
    "requests",
    "shap",
    "simple_salesforce",
    "sklearn",
    "vl_convert",
    "weasyprint",
}
# What every command would otherwise pay for, `awase --help` included.
IMPORTED_LATE_BY_THE_COMMAND_LINE = {
    "features",
    "pandas",
    "pyarrow",
    "serving",
    "training",
    "uvicorn",
}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc"}


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_a_file_holds_one_concept(path: Path) -> None:
    assert path.stem not in NAMES_THAT_SAY_NOTHING
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_functions_fit_on_a_screen(path: Path) -> None:
    long = {f.name: _body_lines(f) for f in _functions(path) if _body_lines(f) > LONGEST_BODY}

    assert long == {}


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command's arguments are its options: typer reads them from the signature."""
    decorators = [ast.unparse(d) for d in function.decorator_list]
    return any(".command" in d or "callback" in d or "_router." in d for d in decorators)


@pytest.mark.parametrize("path", [p for p in SOURCES if MIGRATIONS not in p.parts], ids=_named)
def test_functions_take_few_arguments_and_name_them(path: Path) -> None:
    faults = {}
    for function in _functions(path):
        positional = [a.arg for a in function.args.posonlyargs + function.args.args]
        positional = [name for name in positional if name not in ("self", "cls")]
        total = len(positional) + len(function.args.kwonlyargs)
        open_ended = function.args.kwarg is not None and not function.name.startswith("_")
        jitted = any("njit" in ast.unparse(d) for d in function.decorator_list)
        if jitted or _is_command(function) or function.name.startswith("_"):
            continue
        if total > MOST_ARGUMENTS or len(positional) > POSITIONAL_ARGUMENTS + 1 or open_ended:
            faults[function.name] = (positional, total)

    assert faults == {}


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_only_heavy_packages_are_imported_inside_functions(path: Path) -> None:
    allowed = set(IMPORTED_LATE)
    if "cli" in path.parts:
        allowed |= IMPORTED_LATE_BY_THE_COMMAND_LINE
    late = set()
    for function in _functions(path):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                late |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                late.add((node.module or "").split(".")[0])

    assert late <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=_named)
def test_assert_is_for_tests(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def test_nothing_in_the_repository_is_pickled() -> None:
    pickling = [
        _named(path)
        for path in SOURCES
        for word in ("import pickle", "import joblib", "allow_pickle=True", "cloudpickle")
        if word in path.read_text(encoding="utf-8")
    ]

    assert pickling == []


def test_only_the_formats_turn_a_share_or_a_difference_into_words() -> None:
    """A format spec for per cent or with a sign, anywhere else, is a second notation."""
    home = ROOT / "features" / "core" / "formats"
    elsewhere = [
        f"{_named(path)}:{node.lineno}"
        for path in SOURCES
        if home not in path.parents
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
        if _says_a_share_or_a_sign(node.format_spec)
    ]

    assert elsewhere == []


def _says_a_share_or_a_sign(spec: ast.expr) -> bool:
    parts = spec.values if isinstance(spec, ast.JoinedStr) else []
    words = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    return bool(re.fullmatch(r"[+,]*(\.\d+)?%|\+.*", words))
