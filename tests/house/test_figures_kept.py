"""The page of measurements: the figures of this time beside those of the time before."""

from pathlib import Path

import pytest

from tests.benchmarks.figures_kept import keep_figures, split_line


@pytest.mark.parametrize(
    ("line", "words", "figures"),
    [
        ("  awase --help: 1.08 s, 1.9 times typer", "awase --help:", "1.08 s, 1.9 times typer"),
        ("  p99-line of lead_2 takes −0.5 s", "p99-line of lead_2 takes", "−0.5 s"),
        ("│ floor │ 12 │", "floor", "12"),
        ("an opponent each", "an opponent each", ""),
    ],
)
def test_a_line_is_words_and_then_figures(line: str, words: str, figures: str) -> None:
    assert split_line(line) == (words, figures)


def test_each_topic_shows_what_it_showed_the_time_before(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"

    keep_figures(
        {"pages": "  home 5 ms\n\n  card 9 ms\n  home 6 ms\n", "store": "  write 2 s\n"}, file
    )
    keep_figures({"pages": "  home 4 ms\n  today 7 ms\n  home 8 ms\n"}, file)

    rows = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if " s |" in line or " ms |" in line
    ]
    assert rows == [
        "| home | 4 ms | 5 ms |",
        "| today | 7 ms |  |",
        "| home | 8 ms | 6 ms |",
        "| write | 2 s |  |",
    ]
