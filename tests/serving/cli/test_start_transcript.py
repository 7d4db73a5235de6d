"""The documentation shows what ``awase start`` prints.

After a change of what is printed: ``python -m tests.serving.cli.test_start_transcript``.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from typer.testing import CliRunner

from serving.cli.main import app
from tests.features.importing.proposal.generated_company import make_company
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate

ROOT = Path(__file__).parents[3]
BLOCK = "<!-- awase start: {} -->\n```text\n"
PAGES = {
    "company": ("docs/start.md", "docs/start.ja.md"),
    "few": ("docs/start.md", "docs/start.ja.md"),
    "end": ("README.md", "README.ja.md"),
}
"""Pages that hold each transcript."""


def printed(folder: Path) -> str:
    """What a start on ``exports`` of a folder prints, without what differs from run to run."""
    exports, ours = folder / "exports", folder / "ours"
    told = CliRunner().invoke(app, ["start", str(exports), "--yes", "-w", str(ours)])
    assert told.exit_code == 0, told.output
    text = told.stdout.replace(f"{folder.resolve()}/", "")
    # The end of a release's name is a hash of numbers that differ from machine to machine.
    return re.sub(r"(\d{4}-\d\d-\d\d)-[0-9a-f]{10}", r"\1-…", text).strip() + "\n"


def print_company(folder: Path) -> str:
    (folder / "exports").mkdir()
    settings = CompanySettings(leads=2_000, months=12, truth_snapshots=50, futures=20)
    write_company(simulate(settings), folder / "exports")
    for path in (folder / "exports").iterdir():
        if path.suffix != ".csv":  # what the simulation knows of itself
            path.unlink()
    return printed(folder)


def print_few(folder: Path) -> str:
    """Of a company with too few outcomes, its last screen."""
    (folder / "exports").mkdir()
    make_company(folder / "exports", 0, n=90)
    return last_screen(printed(folder))


def last_screen(text: str) -> str:
    return text[text.index("What the data can support") :]


def shown(page: str, name: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.split(BLOCK.format(name))[1].split("```\n")[0]


def test_the_page_shows_the_screen_of_a_company_with_few_outcomes(tmp_path: Path) -> None:
    printed_now = print_few(tmp_path)

    for page in PAGES["few"]:
        assert shown(page, "few") == printed_now


@pytest.mark.long
def test_pages_show_the_whole_transcript_and_the_readme_its_end(tmp_path: Path) -> None:
    printed_now = print_company(tmp_path)

    for page in PAGES["company"]:
        assert shown(page, "company") == printed_now
    for page in PAGES["end"]:
        assert shown(page, "end") == last_screen(printed_now)


def main() -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        texts = {"company": print_company(Path(one)), "few": print_few(Path(other))}
    texts["end"] = last_screen(texts["company"])
    for name, pages in PAGES.items():
        for page in pages:
            path = ROOT / page
            before, after = path.read_text(encoding="utf-8").split(BLOCK.format(name))
            rest = after.split("```\n", 1)[1]
            path.write_text(
                f"{before}{BLOCK.format(name)}{texts[name]}```\n{rest}", encoding="utf-8"
            )


if __name__ == "__main__":
    sys.exit(main())
