"""Tables laid out for a cluster name people: none stay behind, however a run ends."""

import signal
import subprocess
import sys
from pathlib import Path

from features.distributed.laid_out import laid_out_in, remove_laid_out

HOLDS_A_FOLDER = """
import sys
from pathlib import Path
from features.distributed.laid_out import laid_out_in
with laid_out_in(Path(sys.argv[1])) as folder:
    (folder / "leads.parquet").write_text("somebody")
    print(folder, flush=True)
    sys.stdin.read()
"""


def holder(shared: Path) -> tuple["subprocess.Popen[str]", Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_FOLDER, str(shared)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate()


def test_a_folder_goes_with_its_block(tmp_path: Path) -> None:
    with laid_out_in(tmp_path) as folder:
        assert folder.is_dir()

    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_goes_with_the_next_one(tmp_path: Path) -> None:
    killed, left = holder(tmp_path)
    killed.send_signal(signal.SIGKILL)
    end(killed)
    assert (left / "leads.parquet").is_file()

    with laid_out_in(tmp_path):
        assert not left.exists()


def test_what_a_living_run_needs_stays(tmp_path: Path) -> None:
    living, needed = holder(tmp_path)

    remove_laid_out(tmp_path)

    assert (needed / "leads.parquet").is_file()
    end(living)
    assert not needed.exists()


def test_what_other_machines_and_others_put_there_stays(tmp_path: Path) -> None:
    others = [tmp_path / "cluster-elsewhere-1-a", tmp_path / "2026-03-31-4bfe5bfb60"]
    for folder in others:
        folder.mkdir()

    remove_laid_out(tmp_path)

    assert all(folder.is_dir() for folder in others)
