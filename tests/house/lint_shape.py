"""The rules of shape, over every file of the three floors, in one pass: ``make lint`` runs it.

Why a script and not tests: nothing here runs code, and thousands of tests that only read files make
the suite look larger than it is. Each fault is one line: file, what must hold, what came.
"""

import ast
import itertools
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("features", "training", "serving")
MIGRATIONS = "migrations"

LONGEST_FILE = 400
LONGEST_BODY = 50
MOST_ARGUMENTS = 6
POSITIONAL_ARGUMENTS = 3
MOST_FILES_IN_A_ROOM = 14
DESCRIBED_FROM = 3
"""Arguments from which a public function describes each of them."""

IMPORTED_LATE = {
    "adbc_driver_manager",
    "adbc_driver_postgresql",
    "adbc_driver_sqlite",
    "alembic",
    "dask",
    "distributed",
    "lightgbm",
    "matplotlib",
    "matplotlib_fontja",
    "jupytext",
    "mlflow",
    "numba",
    "optuna",
    "pandas",
    "requests",
    "scipy",
    "shap",
    "simple_salesforce",
    "sklearn",
    "weasyprint",
}
"""Slow to import or optional; everything else is imported at the top of the file."""

NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc"}
PICKLING = ("import pickle", "import joblib", "allow_pickle=True", "cloudpickle")

WHOLE = Path("features/core/atomic_folder.py")
IN_PLACE = (".write_text(", ".write_bytes(", '.open("w', '.open("x', '.open("a', "copyfile(")
IN_A_FOLDER_OF_ITS_OWN = {Path("serving/workspace/backup.py")}
"""Writes into a folder that gets its name, or is packed, once all is written."""

FORMATS = Path("features/core/formats")
SECOND_NOTATION = re.compile(r"[+,]*(\.\d+)?%|\+.*")
"""A format spec for per cent or with a sign: how a figure is said has one home."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> dict[Path, ast.Module]:
    """Every file of the three floors, and the library's door, parsed."""
    paths = itertools.chain(*((ROOT / floor).rglob("*.py") for floor in FLOORS))
    return {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
        for path in (*sorted(paths), ROOT / "awase.py")
    }


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function of a file, methods and inner ones included."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def file_faults(path: Path, tree: ast.Module) -> Iterator[str]:
    """What is wrong with a file as a whole."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.stem in NAMES_THAT_SAY_NOTHING:
        yield "a file is named after its one concept"
    if (lines := len(text.splitlines())) > LONGEST_FILE:
        yield f"a file has at most {LONGEST_FILE} lines; got {lines}"
    for word in PICKLING:
        if word in text:
            yield f"nothing is pickled; got {word}"
    for word in () if path == WHOLE or path in IN_A_FOLDER_OF_ITS_OWN else IN_PLACE:
        if word in text:
            yield f"{WHOLE} writes files, whole or not at all; got {word}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield f"assert is for tests; got one in line {node.lineno}"
        if (
            isinstance(node, ast.FormattedValue)
            and FORMATS not in path.parents
            and SECOND_NOTATION.fullmatch(_spec(node))
        ):
            yield f"only {FORMATS} say shares and signs; got a spec in line {node.lineno}"


def function_faults(path: Path, tree: ast.Module) -> Iterator[str]:
    """What is wrong with its functions."""
    for function in functions(tree):
        if (lines := _body_lines(function)) > LONGEST_BODY:
            yield f"{function.name} has a body of at most {LONGEST_BODY} lines; got {lines}"
        late = {name for name in _imported(function) if name not in IMPORTED_LATE}
        if late:
            yield f"{function.name} imports at the top of the file; got {', '.join(sorted(late))}"
        if MIGRATIONS in path.parts or function.name.startswith("_") or _is_declared(function):
            continue
        positional, keyword = _arguments(function)
        if len(positional) + len(keyword) > MOST_ARGUMENTS:
            yield f"{function.name} takes at most {MOST_ARGUMENTS} arguments"
        if len(positional) > POSITIONAL_ARGUMENTS:
            yield f"{function.name} names its arguments from the third on"
        if function.args.kwarg is not None:
            yield f"{function.name} is public and takes no **{function.args.kwarg.arg}"


def class_faults(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Public class names that stand for two things."""
    places: dict[str, list[Path]] = defaultdict(list)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path)
    for name, found in places.items():
        if len(found) > 1:
            yield f"{found[0]}: a class name stands for one thing; {name} also in {found[1]}"


def room_faults(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Folders that hold too much to be one room, or do not say what they answer."""
    counts = Counter(path.parent for path in trees if path.name != "__init__.py")
    for room, count in counts.items():
        if count > MOST_FILES_IN_A_ROOM and MIGRATIONS not in room.parts:
            yield f"{room}: a room holds at most {MOST_FILES_IN_A_ROOM} files; got {count}"
        door = trees.get(room / "__init__.py")
        if room != Path() and (door is None or not ast.get_docstring(door)):
            yield f"{room}: __init__.py says in one sentence what the room answers"


def import_faults() -> Iterator[str]:
    """Names that tests, benchmarks and notebooks import and that are not there."""
    for folder in ("tests", "notebooks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FLOORS:
                    for alias in node.names:
                        if not _exists(node.module or "", alias.name):
                            yield f"{path.relative_to(ROOT)}: {node.module} has no {alias.name}"


def undescribed(trees: dict[Path, ast.Module]) -> list[str]:
    """Arguments of public functions with several, that the docstring does not describe."""
    found: list[str] = []
    for path, tree in trees.items():
        for function in _public(tree.body):
            positional, keyword = _arguments(function)
            names = [*positional, *keyword]
            if len(names) < DESCRIBED_FROM or _is_declared(function):
                continue
            text = ast.get_docstring(function) or ""
            found += [
                f"{path}: {function.name}: {name}"
                for name in names
                if not re.search(rf"(?m)^\s*(\w+, )*\*?{name}(, \w+)*( :|$)", text)
            ]
    return found


def _public(body: list[ast.stmt]) -> Iterator[Function]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node.body)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def _spec(node: ast.FormattedValue) -> str:
    parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def _exists(module: str, name: str) -> bool:
    place = ROOT.joinpath(*module.split("."))
    if (place / f"{name}.py").exists() or (place / name / "__init__.py").exists():
        return True
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    if not file.exists():
        return False
    return re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) is not None


def _body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _imported(function: Function) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def _arguments(function: Function) -> tuple[list[str], list[str]]:
    positional = [a.arg for a in function.args.posonlyargs + function.args.args]
    return [n for n in positional if n not in ("self", "cls")], [
        a.arg for a in function.args.kwonlyargs
    ]


def _is_declared(function: Function) -> bool:
    """Whether something else reads the signature: typer's options, routes, compiled kernels."""
    decorators = [ast.unparse(d) for d in function.decorator_list]
    words = (".command", "callback", "router.", "Compiled", "njit", "overload", "override")
    return any(word in d for d in decorators for word in words)


def main() -> int:
    """Print every fault; 1 if there is one."""
    trees = sources()
    faults = [
        f"{path}: {fault}"
        for path, tree in trees.items()
        for fault in (*file_faults(path, tree), *function_faults(path, tree))
    ]
    faults += [*class_faults(trees), *room_faults(trees), *import_faults()]
    faults += [f"{one} is not described" for one in undescribed(trees)]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"shape: {len(trees)} files, {len(faults)} faults\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
