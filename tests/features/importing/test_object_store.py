"""Tables in an object store, on servers that speak S3 and Google's protocol on this machine."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from features.core.errors import LeadDataError
from features.definition import LeadDefinition
from features.importing.import_files import import_files
from features.importing.mapping.mapping_file import parse_mapping
from features.importing.object_store import files_here, states_of
from features.store import Store
from tests.patience import PATIENCE, wait_until

BIN = Path(sys.executable).parent

MAPPING = """
format: 1
time_zone: Asia/Tokyo
files:
  - match: leads
    lead_id: lead
    lead: {created_at: day}
"""


@contextmanager
def _served(command: list[str | Path]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(part).format(port=port) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port))
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with _served([BIN / "moto_server", "-H", "127.0.0.1", "-p", "{port}"]) as at:
        yield at


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    start = [BIN / "gcp-storage-emulator", "start", "--host", "127.0.0.1", "--port", "{port}"]
    with _served([*start, "--in-memory", "--default-bucket", "company"]) as at:
        yield at


@pytest.fixture
def s3_keys(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user sets in the environment, for a server of one's own."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{s3}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    store, bucket = fs.FileSystem.from_uri("s3://company?allow_bucket_creation=true")
    store.create_dir(bucket)


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """Where a table of two months lies, with a file that Spark leaves beside it."""
    if request.param == "s3":
        request.getfixturevalue("s3_keys")
        address, said = "s3://company/exports/leads", ""
    else:
        at = request.getfixturevalue("google")
        address = "gs://anonymous@company/exports/leads"
        said = f"?scheme=http&endpoint_override={at}"
    store, place = fs.FileSystem.from_uri(address + said)
    for month, leads in (("2026-04", ["a", "b"]), ("2026-05", ["c"])):
        rows = pa.table({"lead": leads, "day": [f"{month}-02"] * len(leads)})
        with store.open_output_stream(f"{place}/month={month}/part-0.parquet") as file:
            pq.write_table(rows, file)
    with store.open_output_stream(f"{place}/_SUCCESS") as file:
        file.write(b"")
    return address + said


both = pytest.mark.parametrize("address", ["s3", "google"], indirect=True)


@both
def test_a_folder_of_months_is_imported_as_from_this_disk(
    address: str, store: Store, every_kind: LeadDefinition
) -> None:
    mapping = parse_mapping(MAPPING, "import.yaml", every_kind)

    # A path keeps one of the strokes behind the colon; so do those of the command line.
    report = import_files(store, [Path(address)], mapping=mapping, definition=every_kind)

    assert [file.file for file in report.files] == ["leads"]
    assert store.read_tables().lead.column("lead_id").to_pylist() == ["a", "b", "c"]


@both
def test_what_lies_there_has_a_state_that_changes_with_it(address: str) -> None:
    before = list(states_of(Path(address)))
    again = list(states_of(Path(address)))
    store, place = fs.FileSystem.from_uri(address)
    with store.open_output_stream(f"{place}/month=2026-06/part-0.parquet") as file:
        pq.write_table(pa.table({"lead": ["d"], "day": ["2026-06-01"]}), file)

    assert len(before) == 3
    assert again == before
    assert len(list(states_of(Path(address)))) == 4


@pytest.mark.usefixtures("s3_keys")
def test_copies_have_the_names_of_the_store_and_go_with_the_block(tmp_path: Path) -> None:
    boto3.client("s3").put_object(Bucket="company", Key="one/leads.csv", Body=b"lead\n")
    own = tmp_path / "own.csv"

    with files_here([Path("s3://company/one/leads.csv"), own]) as (copy, mine):
        assert copy.name == "leads.csv"
        assert copy.is_file()
        assert mine == own

    assert not copy.exists()


@pytest.mark.usefixtures("s3_keys")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://company/nothing", "got s3://company/nothing, where none are"),
        ("s3://another/leads", "got s3://another/leads, where none are"),
    ],
)
def test_an_address_where_nothing_lies_is_told(address: str, said: str) -> None:
    with pytest.raises(LeadDataError, match=said), files_here([Path(address)]):
        pass


@pytest.mark.usefixtures("s3_keys")
def test_a_store_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with (
        pytest.raises(LeadDataError, match=r"s3://company/leads must be readable .*NETWORK"),
        files_here([Path("s3://company/leads")]),
    ):
        pass


@pytest.mark.usefixtures("s3_keys")
def test_a_name_that_leads_out_of_its_folder_is_not_copied() -> None:
    boto3.client("s3").put_object(Bucket="company", Key="escape/../../out.csv", Body=b"x")

    with (
        pytest.raises(LeadDataError, match=r"got \.\. in one at"),
        files_here([Path("s3://company/escape")]),
    ):
        pass
