"""The command line, run in this process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving.cli import main


@dataclass(frozen=True)
class Told:
    """What a command printed and the code it ended with."""

    returncode: int
    stdout: str
    stderr: str


Awase = Callable[..., Told]


@pytest.fixture
def awase(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Awase:
    """Run the command line in this process, which spares the imports of a new one."""

    def run(*arguments: str | Path) -> Told:
        monkeypatch.setattr(sys, "argv", ["awase", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Told(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run
