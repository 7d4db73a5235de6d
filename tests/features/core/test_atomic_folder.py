"""A folder appears whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.core.atomic_folder import remove_unfinished, write_whole_file, write_whole_folder


def test_files_appear_under_their_names(tmp_path: Path) -> None:
    write_whole_folder(tmp_path / "a" / "b", {"x.txt": b"1", "inner/y.txt": b"2"})

    found = {p.relative_to(tmp_path / "a" / "b") for p in (tmp_path / "a" / "b").rglob("*.txt")}
    assert found == {Path("x.txt"), Path("inner/y.txt")}
    assert (tmp_path / "a/b/inner/y.txt").read_bytes() == b"2"


def test_a_folder_there_before_is_replaced_whole(tmp_path: Path) -> None:
    write_whole_folder(tmp_path / "a", {"old.txt": b"1"})
    write_whole_folder(tmp_path / "a", {"new.txt": b"2"})

    assert [p.name for p in (tmp_path / "a").iterdir()] == ["new.txt"]


def test_a_write_that_fails_leaves_the_old_folder(tmp_path: Path) -> None:
    write_whole_folder(tmp_path / "a", {"old.txt": b"1"})

    with pytest.raises(OSError, match="File name too long"):
        write_whole_folder(tmp_path / "a", {"new.txt": b"2", "x" * 300: b"3"})

    assert [p.name for p in (tmp_path / "a").iterdir()] == ["old.txt"]
    assert remove_unfinished(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_threads_that_write_one_folder_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    files = {f"{number}.txt": b"x" * 10_000 for number in range(20)}

    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(write_whole_folder, tmp_path / str(n % 8), files) for n in range(8)]

    assert [future.result() for future in written] == [None] * 8
    assert remove_unfinished(tmp_path) == 0


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "figures.txt"
    write_whole_file(path, b"old")
    write_whole_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["figures.txt"]
