"""`awase import` of files larger than memory: processor seconds and peak memory at three sizes.

Time should be in proportion to the leads, and memory stay once files are cut by lead. A million
leads and 30 M events need 10 GB of disk.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tests.benchmarks.bench_commands import AWASE, run, said
from tests.benchmarks.bench_import import MAPPING

SIZES = (80_000, 200_000, 1_000_000)
EVENTS_OF_A_LEAD = 30
AT_ONCE = 1 << 20
"""Rows written at a time."""

CREATED, LAST = 1_700_000_000, 1_750_000_000
BEHAVIOURS = ("page_visit", "email_click", "document_download", "webinar")


def main() -> None:
    """Print what an import costs at each size."""
    seconds_a_lead = None
    for leads in SIZES:
        with tempfile.TemporaryDirectory() as name:
            workspace, files = Path(name) / "workspace", _write_files(Path(name), leads)
            mapping = Path(name) / "mapping.yaml"
            mapping.write_text(MAPPING)
            run([str(AWASE), "init", str(workspace)])
            given = [*map(str, files), "--mapping", str(mapping), "-w", str(workspace)]
            cost = run([str(AWASE), "import", *given])
        seconds_a_lead = seconds_a_lead or cost.seconds / leads
        ratio = cost.seconds / leads / seconds_a_lead
        print(f"import of {leads:,} leads   {said(cost)}, {ratio:.2f} times the time a lead")


def _write_files(folder: Path, n_leads: int) -> list[Path]:
    tables = {"leads.csv": _leads(n_leads), "events.csv": _events(n_leads)}
    for name, pieces in tables.items():
        with (folder / name).open("wb") as file:
            for number, piece in enumerate(pieces):
                with_header = pyarrow.csv.WriteOptions(include_header=number == 0)
                pyarrow.csv.write_csv(piece, file, with_header)
    return [folder / name for name in tables]


def _leads(n_leads: int) -> Iterator[pa.Table]:
    for begin in range(0, n_leads, AT_ONCE):
        ids = np.arange(begin, min(begin + AT_ONCE, n_leads))
        created = CREATED + ids % 10_000_000
        yield pa.table({"id": _keys("L", ids), "created": _times(created), "channel": _words(ids)})


def _events(n_leads: int) -> Iterator[pa.Table]:
    """In the order of time, as exports are: a lead's events lie all over the file."""
    rng = np.random.default_rng(0)
    n_events = n_leads * EVENTS_OF_A_LEAD
    for begin in range(0, n_events, AT_ONCE):
        ids = np.arange(begin, min(begin + AT_ONCE, n_events))
        at = CREATED + 10_000_000 + ids * (LAST - CREATED - 10_000_000) // n_events
        yield pa.table(
            {
                "id": _keys("E", ids),
                "lead": _keys("L", rng.integers(0, n_leads, len(ids))),
                "at": _times(at),
                "what": pa.array(BEHAVIOURS).take(pa.array(rng.integers(0, 4, len(ids)))),
                "minutes": pa.array(rng.integers(1, 60, len(ids))),
            }
        )


def _keys(letter: str, numbers: np.ndarray) -> pa.Array:
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 9, "0")
    return pc.binary_join_element_wise(letter, padded, "")


def _words(numbers: np.ndarray) -> pa.Array:
    return pa.array(["web", "seminar"]).take(pa.array(numbers % 2))


def _times(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds).cast(pa.timestamp("s")).cast(pa.string())


if __name__ == "__main__":
    main()
