"""Whatever encoding output goes in, it is written, and no minus is lost."""

import os
import subprocess
import sys

import pytest

SAYING = (
    "from serving.cli.output.plain_letters import write_anywhere\n"
    "write_anywhere()\n"
    "print('\N{BULLET} \N{MINUS SIGN}1.9 \N{EN DASH} +5 \u6771\u4eac')"
)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "\N{BULLET} \N{MINUS SIGN}1.9 \N{EN DASH} +5 \u6771\u4eac"),
        ("ascii", "* -1.9 - +5 ??"),
        ("latin-1", "* -1.9 - +5 ??"),
        ("cp1252", "\N{BULLET} -1.9 \N{EN DASH} +5 ??"),
    ],
)
def test_letters_that_an_encoding_lacks_have_plain_ones(encoding: str, written: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SAYING],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )

    assert told.stdout.decode(encoding).rstrip() == written


def test_a_japanese_console_keeps_its_letters() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SAYING],
        env=os.environ | {"PYTHONIOENCODING": "cp932"},
        capture_output=True,
        check=True,
    )

    text = told.stdout.decode("cp932").rstrip()
    assert text.startswith("* ")
    assert text.endswith("1.9 - +5 \u6771\u4eac")
    assert "?" not in text
