"""Long work says what it does, how far it is and when it will end; Ctrl-C, what was finished."""

import io

import pytest
from rich.console import Console

from serving.cli.output import console


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What standard error would show where there is no terminal."""
    written = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=written, width=200))
    return written


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal would show."""
    written = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=written, width=120, force_terminal=True))
    return written


def test_ctrl_c_says_what_was_finished_and_what_is_kept(told) -> None:
    def stopped() -> None:
        with console.steps(console.KEPT_FITS) as step:
            step("read tables", 0, 1)
            step("read tables", 1, 1)
            step("scoring months", 3, 12)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()

    assert told.getvalue().splitlines()[-1] == (
        "Finished: read tables. Under way: scoring months (3 of 12). What was learned is kept: "
        "the same command goes on from there."
    )


def test_without_a_terminal_a_step_that_goes_on_says_how_far_it_is(told, monkeypatch) -> None:
    monkeypatch.setattr(console, "SAID_AGAIN_SECONDS", 0.0)

    with console.steps() as step:
        for done in range(3):
            step("scoring months", done, 3)

    first, second, third = told.getvalue().splitlines()
    assert first == "  scoring months ..."
    assert second == "  scoring months: 1 of 3, about 0 s left"
    assert third == "  scoring months: 2 of 3, about 0 s left"


def test_without_a_terminal_short_steps_are_named_once(told) -> None:
    with console.steps() as step:
        for done in range(3):
            step("scoring months", done, 3)

    assert told.getvalue().splitlines() == ["  scoring months ..."]


def test_a_terminal_shows_a_bar_with_the_time_that_is_left(terminal) -> None:
    with console.steps() as step:
        step("scoring months", 1, 4)

    assert "scoring months" in terminal.getvalue()
    assert "25%" in terminal.getvalue()
    assert "-:--:--" in terminal.getvalue() or "0:00:0" in terminal.getvalue()


def test_quiet_shows_no_progress_and_no_result_but_what_went_wrong(told, capsys) -> None:
    with console.only_trouble(), console.steps() as step:
        step("scoring months", 1, 4)
        console.say("all is well")
        console.err.print("one row was rejected")

    assert told.getvalue() == "one row was rejected\n"
    assert capsys.readouterr().out == ""


def test_quiet_ends_with_its_command(told) -> None:
    with console.only_trouble():
        pass
    with console.steps() as step:
        step("scoring months", 1, 4)

    assert "scoring months" in told.getvalue()
