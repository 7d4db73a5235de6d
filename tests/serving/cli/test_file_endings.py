"""A file is what its name says: the ending decides, and a contradiction is refused."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from serving.cli.commands import LazyCommands

WRITTEN = {"output", "predictions", "rejects"}
"""Parameters that name a file to write."""


def _commands(name: str, command: object) -> Iterator[tuple[str, object]]:
    for each in getattr(command, "commands", {}):
        inner = command.load(each) if isinstance(command, LazyCommands) else command.commands[each]
        yield from _commands(f"{name} {each}".strip(), inner)
    yield name, command


def _written() -> Iterator[tuple[str, str]]:
    for words, command in _commands("", LazyCommands()):
        for parameter in command.params:
            if parameter.name in WRITTEN:
                yield words, parameter.opts[0]


REST = {
    "import": ["x.csv"],
    "crm map": ["hubspot"],
    "review": ["--month", "2026-03"],
    "evaluate": ["--test-leads", "x.csv"],
}


def test_every_file_that_is_written_is_known() -> None:
    assert {words for words, _ in _written()} == {
        "score", "review", "evaluate", "definition export", "crm map", "import",
    }  # fmt: skip


@pytest.mark.parametrize(("words", "option"), list(_written()))
def test_another_ending_is_wrong_usage_before_anything_is_done(
    awase, tmp_path: Path, words: str, option: str
) -> None:
    told = awase(*words.split(), *REST.get(words, []), option, tmp_path / "x.docx", "-w", tmp_path)

    assert told.returncode == 2
    assert "the file must end in ." in " ".join(told.stderr.split())
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a handful of leads, judged by the rulebook."""
    from typer.testing import CliRunner

    from serving.cli.main import app

    folder = tmp_path_factory.mktemp("endings")
    rows = "\n".join(f"{n},2026-03-{n:02d} 10:00" for n in range(1, 9))
    (folder / "people.csv").write_text(f"Person,Since\n{rows}\n", encoding="utf-8")
    (folder / "import.yaml").write_text(
        "format: 1\ntime_zone: Asia/Tokyo\nfiles:\n  - match: people.csv\n    lead_id: Person\n"
        "    lead: {created_at: Since}\n",
        encoding="utf-8",
    )
    for words in (
        ["init", folder / "ws"],
        ["import", folder / "people.csv", "--mapping", folder / "import.yaml", "-w", folder / "ws"],
    ):
        told = CliRunner().invoke(app, [str(word) for word in words])
        assert told.exit_code == 0, told.output
    return folder / "ws"


@pytest.mark.parametrize(
    ("name", "begins"),
    [("x.md", b"# "), ("x.html", b"<!"), ("x.HTML", b"<!"), ("x.xlsx", b"PK")],
)
def test_a_review_is_what_the_name_of_its_file_says(
    awase, place: Path, tmp_path: Path, name: str, begins: bytes
) -> None:
    told = awase("review", "--month", "2026-03", "--output", tmp_path / name, "-w", place)

    assert told.returncode == 0, told.stderr
    assert (tmp_path / name).read_bytes().lstrip()[:2] == begins


def test_a_review_asked_for_in_two_ways_is_refused(awase, place: Path, tmp_path: Path) -> None:
    told = awase(
        "review", "--month", "2026-03", "--format", "html", "--output", tmp_path / "x.pdf",
        "-w", place,
    )  # fmt: skip

    assert told.returncode == 2
    assert "got html and x.pdf" in " ".join(told.stderr.split())
    assert not (tmp_path / "x.pdf").exists()


def test_predictions_are_what_the_name_of_their_file_says(
    awase, place: Path, tmp_path: Path
) -> None:
    for name in ("x.CSV", "x.Parquet"):
        told = awase("score", "--output", tmp_path / name, "-w", place)
        assert told.returncode == 0, told.stderr

    read = pyarrow.csv.read_csv(tmp_path / "x.CSV")
    assert read.column_names == pyarrow.parquet.read_table(tmp_path / "x.Parquet").column_names
