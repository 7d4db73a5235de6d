"""Commands are found by name, and nothing of a command is imported but its own."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import pytest

from features.definition.trial import Counted
from serving.cli.commands import DefinitionCommands, LazyCommands, ReleaseCommands
from serving.cli.model import trial

NOT_TO_LIST = (
    *("numba", "pandas", "lightgbm", "mlflow", "scipy", "rich.markdown"),
    *("features.definition", "features.rulebook", "training.model", "training.learners"),
)
NOT_TO_SHOW = (
    *("numba", "pandas", "lightgbm", "mlflow", "scipy"),
    *("serving.decisions", "serving.reasons", "training.model", "training.calibration"),
)
NOT_TO_COMPARE = (*NOT_TO_SHOW[:5], "serving.decisions.in_force.apply", *NOT_TO_SHOW[6:])
NOT_TO_SEND = (*NOT_TO_SHOW[:5], "features.importing.import_files")
GROUPS = (LazyCommands, ReleaseCommands, DefinitionCommands)
HEAVY = ("lightgbm", "numpy", "pandas", "pyarrow", "scipy", "sqlalchemy")


@pytest.mark.parametrize(
    ("group", "name"),
    [(group, name) for group in GROUPS for name in group.entries],
)
def test_the_table_says_what_the_command_says_of_itself(
    group: type[LazyCommands], name: str
) -> None:
    told = group.load(name).help.split("\n\n")[0].replace("\n", " ")

    assert group.entries[name].help == told


@pytest.mark.parametrize(
    ("module", "waits_not_for"),
    [
        *((f"operate.{name}", NOT_TO_LIST) for name in ("user", "key", "outbox")),
        *((f"data.definition.{name}", NOT_TO_SHOW) for name in ("show", "schema")),
        ("data.definition.versions", NOT_TO_COMPARE),
        ("model.release.list", NOT_TO_LIST),
        ("operate.deliver", NOT_TO_SEND),
    ],
)
def test_looking_something_up_imports_nothing_that_makes_or_applies_it(
    module: str, waits_not_for: tuple[str, ...]
) -> None:
    program = (
        f"import sys, serving.cli.{module}\n"
        f"heavy = {waits_not_for!r}\n"
        "print([m for m in heavy if m in sys.modules])"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["retrian"]])
def test_help_and_a_mistyped_name_import_nothing_heavy(words: list[str]) -> None:
    assert _loaded(words) == set()


def _loaded(words: list[str]) -> set[str]:
    """The heavy packages that a call of the command has loaded."""
    program = (
        "import sys, atexit\n"
        f"heavy = {HEAVY!r}\n"
        "atexit.register(lambda: print('loaded', *(m for m in heavy if m in sys.modules)))\n"
        "from serving.cli import main\n"
        f"sys.argv = ['awase', *{words!r}]\n"
        "main()\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    return set(shown.stdout.rpartition("loaded")[2].split())


@pytest.mark.parametrize(
    "words",
    [
        ["demo", "--help"],
        ["retrain", "-h"],
        ["definition", "show", "--help"],
        ["release", "show", "--help"],
    ],
)
def test_the_help_of_a_command_imports_nothing_that_the_command_works_with(
    words: list[str],
) -> None:
    assert _loaded(words) == set()


def test_no_command_declares_anything_heavy() -> None:
    program = (
        "import sys\n"
        "from serving.cli.commands import DefinitionCommands, LazyCommands, ReleaseCommands\n"
        "for group in (LazyCommands, ReleaseCommands, DefinitionCommands):\n"
        "    for name in group.entries:\n"
        "        group.load(name, for_help=True)\n"
        f"        print(*(name for m in {HEAVY!r} if m in sys.modules))\n"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout.split() == []


def test_a_trial_is_planned_by_the_figures_that_a_definition_may_name() -> None:
    assert get_args(trial.Counted) == get_args(Counted)


@pytest.mark.parametrize(
    ("group", "name"),
    [(group, name) for group in GROUPS for name in group.entries],
)
def test_help_is_that_of_the_command_itself(
    group: type[LazyCommands], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(command: Any, words: tuple[str, ...]) -> str:
        command.main([*words, "--help"], prog_name=f"awase {name}", standalone_mode=False)
        return capsys.readouterr().out

    whole, declared = group.load(name), group.load(name, for_help=True)

    for words in [(), *((one,) for one in getattr(whole, "commands", ()))]:
        assert told(declared, words) == told(whole, words)
        assert "--help" in told(declared, words)


def test_help_as_the_value_of_an_option_runs_nothing(awase, tmp_path: Path) -> None:
    told = awase("retrain", "-w", str(tmp_path), "--data-cutoff", "--help")

    assert told.returncode == 2
    assert "--help is asked for by itself" in told.stderr


FREED = """
import atexit, resource, sys
from pathlib import Path

def resident_mb():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20

def tell():
    import pyarrow
    bytearray(20 << 20)  # the C library would learn from it to keep what is smaller
    before = resident_mb()
    blocks = [bytearray(4 << 20) for _ in range(50)]
    del blocks[::2]
    print("told", pyarrow.default_memory_pool().backend_name, resident_mb() - before)

atexit.register(tell)
from serving.cli import main
sys.argv = ["awase", "import", "--help"]
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc, and what glibc keeps, are Linux's")
def test_what_a_command_frees_goes_back_to_whoever_asks_next() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, check=True
    )

    pool, kept_mb = shown.stdout.split("told ")[1].split()
    assert pool == "system"
    assert int(kept_mb) < 150  # of 200, of which half are freed


def test_the_version_is_that_of_the_installed_package(awase) -> None:
    told = awase("--version")

    assert (told.returncode, told.stdout) == (0, f"awase {version('awase')}\n")


def test_a_mistyped_name_is_answered_with_the_right_one(awase) -> None:
    told = awase("retrian")

    assert told.returncode == 2
    assert "retrain" in told.stderr


def test_a_command_that_ended_is_not_searched_for_cycles() -> None:
    program = (
        "import atexit, gc, sys\n"
        "from serving.cli.main import main\n"
        "atexit.register(lambda: print('left to the system:', gc.get_freeze_count() > 10_000))\n"
        "sys.argv = ['awase', '--version']\n"
        "main()\n"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert shown.stdout.splitlines()[-1] == "left to the system: True"
