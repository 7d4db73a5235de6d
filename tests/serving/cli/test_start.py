"""``awase start``: from raw files to a release or an honest refusal, and what a rerun says."""

import re
import tracemalloc
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from features.core.errors import LeadDataError
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from serving.cli.main import app
from serving.cli.start.questions import (
    MOST_QUESTIONS,
    apply_answers,
    ask_all,
    questions,
)
from tests.features.importing.proposal.generated_company import make_company

DATES, STATUS, LOG_ALONE = 0, 1, 6
"""Seeds of made-up companies, by what tells their outcome."""


def start(*words: object) -> Result:
    return CliRunner().invoke(app, ["start", *map(str, words)])


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """Exports of a small company, the workspace made of them, and what was said."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "exports").mkdir()
    make_company(folder / "exports", DATES, n=90)
    told = start(folder / "exports", "--yes", "-w", folder / "ours")
    assert told.exit_code == 0, told.output
    return folder / "exports", folder / "ours", told


def test_too_little_data_says_how_much_is_missing_and_when_it_will_do(
    begun: tuple[Path, Path, Result],
) -> None:
    _, _, told = begun

    assert "No release yet" in told.output
    assert re.search(r"a model needs 50: too few", told.output)
    assert re.search(r"becomes worthwhile in \d{4}-\d{2}\.", told.output)
    assert re.search(r"Give older exports as well: \d+ more leads", told.output)
    assert "the rulebook decides" in told.output


def test_both_files_lie_in_the_workspace_with_a_reason_beside_each_guess(
    begun: tuple[Path, Path, Result],
) -> None:
    exports, ours, _ = begun
    text = (ours / "import.yaml").read_text(encoding="utf-8")
    (export,) = exports.iterdir()
    headers = [c.header for c in read_raw([export]).files[0].columns]

    assert all(header in text for header in headers)
    assert (ours / "lead_definition.yaml").is_file()
    assert (ours / "mapping.schema.json").is_file()


def test_a_rerun_keeps_what_people_changed_and_says_what_is_new(
    begun: tuple[Path, Path, Result], tmp_path: Path
) -> None:
    exports, ours, _ = begun
    mapping = ours / "import.yaml"
    changed = mapping.read_text(encoding="utf-8") + "# agreed by both teams\n"
    mapping.write_text(changed, encoding="utf-8")
    (export,) = exports.iterdir()
    raw = read_raw([export]).files[0]
    rows = zip(*(column.texts.take(column.rows) for column in raw.columns), strict=True)
    lines = [[*(c.header for c in raw.columns), "Budget 2026"], *([*row, "5"] for row in rows)]
    newer = tmp_path / re.sub(r"\d+", "202612", export.name.removesuffix(".gz"))
    text = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
    newer.write_text(text, encoding="utf-8")

    told = start(newer, "-w", ours)

    assert told.exit_code == 0, told.output
    assert mapping.read_text(encoding="utf-8") == changed
    assert "has new columns, left out for now: Budget 2026." in told.output


def test_files_that_are_no_tables_of_rows_get_a_sentence_each(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    make_company(exports, LOG_ALONE)
    (exports / "empty.csv").write_text("", encoding="utf-8")
    (exports / "header.csv").write_text("id,created\n", encoding="utf-8")
    months = ",".join(f"2026-{month:02d}" for month in range(1, 9))
    (exports / "pivot.csv").write_text(f"channel,{months}\nweb,1,2,3,4,5,6,7,8\n", encoding="utf-8")

    raw = read_raw([exports])

    assert len(raw.files) == 1
    assert [fault.split(";")[0] for fault in raw.faults] == [
        "empty.csv must begin with a header",
        "header.csv must hold rows",
        "pivot.csv must hold one row a lead or event",
    ]


BAD = {
    "header.csv": ("id,created\n", "must hold rows; got a header alone"),
    "months_down.csv": (
        "月,Web,広告\n" + "".join(f"2026年{m}月,{m},2\n" for m in range(1, 8)) + "合計,28,14\n",
        "got a pivot table with 7 periods",
    ),
    "grouped.csv": (
        "\n".join(
            f"a{n},2026-01-0{n},x\nb{n},2026-01-0{n},y\n小計 (2件),," for n in range(1, 6)
        ).join(("id,created,channel\n", "\nz9,2026-02-01,x\n")),
        "got 5 rows of totals between its rows",
    ),
    "not_really.xlsx": ("a,b\n1,2\n", "must be a workbook"),
}
"""Files that are no tables of rows, and what is said of each."""


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_file_gets_one_sentence(name: str, tmp_path: Path) -> None:
    content, expected = BAD[name]
    (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(LeadDataError, match=r"one table of leads or events is needed; ") as told:
        read_raw([tmp_path])

    assert expected in str(told.value)
    assert "not a report" not in str(told.value)


def test_a_file_too_large_to_look_at_is_named_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "leads.csv").open("wb") as sparse:
        sparse.truncate(2 << 30)

    tracemalloc.start()
    with pytest.raises(LeadDataError, match=r"at most 500 MB; got more in leads\.csv"):
        read_raw([tmp_path])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 10_000_000


def test_a_report_is_read_without_its_title_and_totals(tmp_path: Path) -> None:
    rows = "".join(f"00Q{n},2026-03-{n % 28 + 1:02d},web,{n % 3 == 0}\n" for n in range(60))
    report = f"Lead report\n\nLead ID,Created,Channel,Converted\n{rows}Total,60,,\n"
    (tmp_path / "report.csv").write_text(report, encoding="utf-8")

    raw = read_raw([tmp_path])

    assert raw.files[0].n_rows == 60
    (note,) = raw.notes
    assert "2 above the header, 1 below the table" in note


def test_two_exports_swapped_on_the_next_run_are_named_and_nothing_is_stored(
    tmp_path: Path,
) -> None:
    leads = "".join(f"L{n},2026-03-{n % 28 + 1:02d},web\n" for n in range(80))
    deals = "".join(f"D{n},L{n},2026-05-{n % 28 + 1:02d},Won\n" for n in range(0, 80, 3))
    one, two = tmp_path / "leads.csv", tmp_path / "deals.csv"
    one.write_text(f"Lead ID,Created,Channel\n{leads}", encoding="utf-8")
    two.write_text(f"Deal ID,Lead ID,Close Date,Stage\n{deals}", encoding="utf-8")
    assert start(one, two, "-y", "-w", tmp_path / "ours").exit_code == 0
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)

    told = start(one, two, "-w", tmp_path / "ours")

    assert told.exit_code == 1
    assert "deals.csv looks like leads.csv" in str(told.exception)
    assert "exports mixed up" in str(told.exception)


def test_files_without_an_outcome_are_refused_with_what_to_add(tmp_path: Path) -> None:
    rows = "".join(f"L{n},2026-03-{n % 28 + 1:02d},web\n" for n in range(60))
    (tmp_path / "leads.csv").write_text(f"Lead ID,Created,Channel\n{rows}", encoding="utf-8")

    told = start(tmp_path / "leads.csv", "--yes", "-w", tmp_path / "ours")

    assert told.exit_code == 1
    assert "one column must tell which leads became" in str(told.exception)
    assert not (tmp_path / "ours").exists()


def test_a_question_lists_the_likeliest_columns_and_takes_any(tmp_path: Path) -> None:
    names = [f"Field {n}" for n in range(20)]
    rows = "".join(
        f"L{n},2026-01-{n % 28 + 1:02d},{('Won', 'Lost')[n % 2]},{('yes', 'no')[n % 3 == 0]}"
        f"{',a' * 20}\n"
        for n in range(60)
    )
    header = f"Lead ID,Created,Status,Converted,{','.join(names)}"
    (tmp_path / "leads.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    files = read_raw([tmp_path]).files
    asking = typer.Typer()
    asking.command()(
        lambda: typer.echo(ask_all(files, understand(list(files))).understood.outcomes)
    )

    told = CliRunner().invoke(asking, input="Status\n" + "\n" * 6)

    assert "or another column" in told.output
    assert "Field 9" not in told.output
    assert "column='Status'" in told.output


@pytest.mark.parametrize("seed", range(7))
def test_at_most_seven_questions_whose_defaults_change_nothing(seed: int, tmp_path: Path) -> None:
    make_company(tmp_path, seed)
    files = read_raw([tmp_path]).files
    found = understand(list(files))

    asked = questions(found)
    settled = apply_answers(files, found, {q.settles: q.default for q in asked})

    assert len(asked) <= MOST_QUESTIONS
    assert settled.understood.outcomes[0].column == found.outcomes[0].column
    assert settled.understood.tables.key.header == found.tables.key.header
    created = settled.understood.created
    assert created is not None
    assert found.created is not None
    assert created.header == found.created.header


def test_an_answer_decides_the_order_of_day_and_month_and_the_capacity(tmp_path: Path) -> None:
    rows = "".join(
        f"L{n},0{n % 9 + 1}/0{n % 7 + 1}/2026,{'Won' if n % 4 else 'Open'}\n" for n in range(80)
    )
    (tmp_path / "leads.csv").write_text(f"Lead ID,Created,Status\n{rows}", encoding="utf-8")
    files = read_raw([tmp_path]).files
    found = understand(list(files))

    settled = apply_answers(
        files, found, {"order": "month", "capacity": "33", "zone": "Asia/Tokyo"}
    )

    assert "order" in {question.settles for question in questions(found)}
    assert "%m/%d/%Y" in settled.propose().mapping_text
    assert "per_month: 33" in settled.propose().definition_text
    assert settled.propose().definition.time_zone == "Asia/Tokyo"
