"""Comparing the lock with advisories finds what it must, and says when nothing was compared."""

import json
from pathlib import Path

import pytest

from tests.house.advisories import main, read_lock

LOCK = """\
Jinja2==3.1.2 \\
    --hash=sha256:00
numba==0.62.1 ; sys_platform == "darwin"
numba==0.66
"""


def _advisory(**affected: object) -> dict[str, object]:
    return {
        "id": "X-1",
        "affected": [{"package": {"ecosystem": "PyPI"} | affected.pop("p"), **affected}],
    }


@pytest.mark.parametrize(
    ("affected", "code"),
    [
        (
            {
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.3"}]}
                ]
            },
            1,
        ),
        (
            {
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.2"}]}
                ]
            },
            0,
        ),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "3.1.3"}]}]}, 0),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, 0),
        ({"versions": ["3.1.2"]}, 1),
        ({"versions": ["no version"]}, 0),
    ],
)
def test_a_locked_version_that_an_advisory_names_is_a_hit(
    tmp_path: Path, affected: dict[str, object], code: int
) -> None:
    (tmp_path / "lock").write_text(LOCK)
    record = _advisory(p={"name": "jinja2"}, **affected)
    (tmp_path / "osv.json").write_text(json.dumps([record]))

    assert main([str(tmp_path / "lock"), str(tmp_path / "osv.json")]) == code


def test_without_advisories_it_says_that_nothing_was_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lock").write_text(LOCK)

    assert main([str(tmp_path / "lock"), str(tmp_path / "missing")]) == 0
    told = capsys.readouterr().out
    assert "numba 0.62.1, 0.66" in told
    assert "no advisories were given to compare" in told


def test_every_package_of_our_lock_is_read() -> None:
    text = (Path(__file__).parents[2] / "requirements.lock").read_text()

    assert sum(map(len, read_lock(text).values())) == text.count("==") - text.count(" == '")
