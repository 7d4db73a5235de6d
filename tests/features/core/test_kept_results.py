from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from features.core.kept_results import KeptResults, content_key


@dataclass(frozen=True)
class Line:
    slope: float
    name: str


class Asked:
    """Something that counts how often it is made."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return b"0.1"


def _find(kept: KeptResults, key: str, make: Asked) -> tuple[bytes, bool]:
    return kept.find_or_make(
        key, make, to_files=lambda made: {"a": made}, from_files=lambda files: files["a"]
    )


def test_what_was_finished_is_not_made_again(tmp_path: Path) -> None:
    kept, make = KeptResults(folder=tmp_path / "kept", at_most=2), Asked()

    first, again = _find(kept, "key", make), _find(kept, "key", make)

    assert (first, again) == ((b"0.1", False), (b"0.1", True))
    assert make.times == 1


def test_what_is_damaged_is_made_again(tmp_path: Path) -> None:
    kept, make = KeptResults(folder=tmp_path, at_most=2), Asked()
    _find(kept, "key", make)
    (tmp_path / "key" / "a").write_bytes(b"0.2")

    assert _find(kept, "key", make) == (b"0.1", False)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    kept = KeptResults(folder=tmp_path, at_most=2)

    for key in ("first", "second", "third"):
        _find(kept, key, Asked())

    assert {path.name for path in tmp_path.iterdir()} == {"second", "third"}


DIFFERENT = [
    (np.array([1, 2]),),
    (np.array([1.0, 2.0]),),
    (np.array([[1, 2]]),),
    (1, 2),
    ("1", 2),
    ("12",),
    ("1", "2"),
    (["1"], "2"),
    (["1", "2"],),
    (None,),
    ("None",),
    (Line(0.1, "a"),),
    (Line(0.1 + 2**-56, "a"),),
    ({"slope": 0.1, "name": "a"},),
    ({"slope": b"0.1", "name": "a"},),
    (True,),
    (1,),
]


def test_other_contents_have_other_keys() -> None:
    assert len({content_key(*parts) for parts in DIFFERENT}) == len(DIFFERENT)


def test_the_same_content_has_the_same_key_however_it_lies_in_memory() -> None:
    array = np.arange(6).reshape(2, 3)

    assert content_key(array[:, ::2]) == content_key(array[:, ::2].copy())
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})


def test_what_nobody_can_vouch_for_is_no_key() -> None:
    with pytest.raises(TypeError, match="arrays, texts, numbers and records of them; got object"):
        content_key(object())
