"""Files with bytes changed, lost, repeated or put in: read, or refused in a sentence, and soon.

`AWASE_MUTATIONS` says how many of each kind; 150 unless set.
"""

import gzip
import io
import os
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.core.errors import AwaseError
from features.definition import TEMPLATE, read_definition
from features.importing.files.read_file import read_file
from features.importing.mapping.mapping_file import read_mapping

pytestmark = pytest.mark.long
EACH = int(os.environ.get("AWASE_MUTATIONS", "150"))
MOST_SECONDS = 2.0
ROWS = [["ID", "氏名", "作成日", "金額"]] + [
    [f"L{n}", "山田 花子", f"2026-04-{n % 28 + 1:02}", str(n * 1_000)] for n in range(60)
]
SPLICES = (
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b'"', b"\r", b"\n", b",,,", b"\t", b"9" * 400),
    *(b"!!python/object:os.system", b"&a [*a]", b"*a", b"<<: *a", b": ", b"- ", b"{", b"]", b"'"),
    *(b"1e999", b".nan", b"~", b"<![CDATA[", b"&#0;", b"\xe3\x80", "\u2028".encode()),
)
"""What readers of text, YAML and XML take for something else."""

MAPPING = """format: 1
time_zone: Asia/Tokyo
files:
  - match: leads*.csv
    lead_id: ID
    lead: {created_at: 作成日}
    facts: [{attribute: channel, column: 氏名, known_at: created}]
    person: {name: [氏名]}
    events:
      - {behaviour: inquiry, occurred_at: 作成日}
    outcomes:
      - {stage: opportunity, occurred_at: 作成日, value: 金額}
"""


def _csv() -> bytes:
    return "".join(",".join(row) + "\n" for row in ROWS).encode()


def _workbook() -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def _parquet() -> bytes:
    columns = zip(*ROWS[1:], strict=True)
    table = pa.table(dict(zip(ROWS[0], map(list, columns), strict=True)))
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


def _mutated(content: bytes, chance: random.Random) -> bytes:
    """One to four changes, each somewhere else."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(changed) + 1), chance.choice((1, 2, 8, 64))
        match chance.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length] * chance.choice((1, 3))
            case 3:
                changed[at:at] = chance.choice(SPLICES)
            case 4:
                changed[at : at + length] = chance.randbytes(length)
            case _ if chance.random() < 0.2:
                del changed[at:]
    return bytes(changed)


def _inside_gzip(content: bytes, chance: random.Random) -> bytes:
    return gzip.compress(_mutated(gzip.decompress(content), chance))


def _inside_zip(content: bytes, chance: random.Random) -> bytes:
    """Change one part of a workbook, so that the others and the checksums are right."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(written, "w") as write:
        chosen = chance.choice(read.namelist())
        for name in read.namelist():
            part = read.read(name)
            write.writestr(name, _mutated(part, chance) if name == chosen else part)
    return written.getvalue()


Mutate = Callable[[bytes, random.Random], bytes]
KINDS: dict[str, tuple[str, bytes, Mutate]] = {
    "csv": ("leads.csv", _csv(), _mutated),
    "csv in Shift-JIS": ("leads.csv", _csv().decode().encode("cp932"), _mutated),
    "gzip": ("leads.csv.gz", gzip.compress(_csv()), _mutated),
    "csv inside gzip": ("leads.csv.gz", gzip.compress(_csv()), _inside_gzip),
    "workbook": ("leads.xlsx", _workbook(), _mutated),
    "part of a workbook": ("leads.xlsx", _workbook(), _inside_zip),
    "parquet": ("leads.parquet", _parquet(), _mutated),
    "mapping": ("import.yaml", MAPPING.encode(), _mutated),
    "definition": ("lead_definition.yaml", TEMPLATE.read_bytes(), _mutated),
}


def _read(path: Path) -> None:
    if path.name == "import.yaml":
        read_mapping(path, DEFINITION)
    elif path.name == "lead_definition.yaml":
        read_definition(path)
    else:
        read_file(path)


DEFINITION = read_definition(TEMPLATE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_file_is_read_or_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    name, whole, mutate = KINDS[kind]
    path, ends, defects = tmp_path / name, Counter[str](), []
    path.write_bytes(whole)
    _read(path)

    for seed in range(EACH):
        path.write_bytes(mutate(whole, random.Random(seed)))
        began = time.process_time()
        try:
            _read(path)
            ends["read"] += 1
        except AwaseError:
            ends["refused"] += 1
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a defect, and counted)
            defects.append((seed, repr(error)[:200]))
        if time.process_time() - began > MOST_SECONDS:
            defects.append((seed, "too slow"))

    sys.stderr.write(f"{kind}: {EACH} tried, {dict(ends)}, {len(defects)} defects\n")
    assert defects == []
    assert ends["refused"] > 0
