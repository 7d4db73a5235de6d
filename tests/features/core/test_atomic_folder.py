"""A folder appears whole or not at all."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.core.atomic_folder import (
    remove_unfinished,
    whole_file,
    write_whole_file,
    write_whole_folder,
)


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


def test_what_a_killed_writer_of_a_file_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".report.html.1.unfinished").write_text("half")

    assert remove_unfinished(tmp_path) == 1

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "folder.html" / "kept").write_text("x")

    with pytest.raises(OSError, match=r"folder\.html"):
        write_whole_file(tmp_path / "folder.html", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["folder.html"]


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "figures.txt"
    write_whole_file(path, b"old")
    write_whole_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["figures.txt"]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is flushed and renamed from now on, in order; all of it really happens."""
    seen: list[tuple[str, str]] = []
    flush, rename = os.fsync, Path.rename

    def flushing(handle: int) -> None:
        flush(handle)
        seen.append(("flushed", os.readlink(f"/proc/self/fd/{handle}")))

    def renaming(path: Path, target: Path) -> Path:
        seen.append(("renamed", str(path)))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(Path, "rename", renaming)
    return seen


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files are read from /proc")
def test_every_file_and_folder_is_flushed_before_the_name_appears(tmp_path: Path, steps) -> None:
    write_whole_folder(tmp_path / "new" / "a", {"x.txt": b"1", "inner/y.txt": b"2"})

    [at] = [number for number, (what, _) in enumerate(steps) if what == "renamed"]
    beside = Path(steps[at][1])
    before = {path for what, path in steps[:at] if what == "flushed"}
    after = [path for what, path in steps[at:] if what == "flushed"]
    whole = {beside, beside / "x.txt", beside / "inner", beside / "inner/y.txt"}
    # The folder that was made on the way there has to keep its name as well.
    assert {str(path) for path in whole} | {str(tmp_path)} == before
    assert after == [str(tmp_path / "new")]


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files are read from /proc")
def test_a_replaced_file_keeps_its_name_through_a_power_cut(tmp_path: Path, steps) -> None:
    write_whole_file(tmp_path / "a.txt", b"1")

    assert steps[-1] == ("flushed", str(tmp_path))


def test_a_writer_that_is_interrupted_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with whole_file(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["leads.csv"]


def test_a_replaced_file_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    path = tmp_path / "kept" / "secrets.env"
    path.write_bytes(b"old")
    path.chmod(0o640)
    (tmp_path / "link").symlink_to(path)

    write_whole_file(tmp_path / "link", b"new")

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    write_whole_file(tmp_path / "pipe", b"new")

    assert os.read(reading, 10) == b"new"
    os.close(reading)


def test_threads_that_write_one_file_leave_one_of_theirs_whole(tmp_path: Path) -> None:
    contents = [bytes([65 + n]) * 200_000 for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(write_whole_file, tmp_path / "a", content) for content in contents]

    assert [future.result() for future in written] == [None] * 8
    assert (tmp_path / "a").read_bytes() in contents
    assert [found.name for found in tmp_path.iterdir()] == ["a"]
