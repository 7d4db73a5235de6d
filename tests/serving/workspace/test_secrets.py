from pathlib import Path

import pytest

from features.core.errors import LeadDataError
from serving.workspace.secrets import SECRETS_FILE, read_secret


def _write(folder: Path, text: str, mode: int = 0o600) -> None:
    path = folder / SECRETS_FILE
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_the_environment_comes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "# ours\n\nAWASE_TEST_SECRET = 'from file'\nOTHER=a=b\n")

    assert read_secret("AWASE_TEST_SECRET", tmp_path) == "from file"
    assert read_secret("OTHER", tmp_path) == "a=b"
    monkeypatch.setenv("AWASE_TEST_SECRET", "from environment")
    assert read_secret("AWASE_TEST_SECRET", tmp_path) == "from environment"


def test_a_secret_that_is_nowhere_is_none(tmp_path: Path) -> None:
    assert read_secret("AWASE_TEST_SECRET", tmp_path) is None
    _write(tmp_path, "AWASE_TEST_SECRET=\n")
    assert read_secret("AWASE_TEST_SECRET", tmp_path) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    _write(tmp_path, "AWASE_TEST_SECRET=hush\n", mode)

    with pytest.raises(LeadDataError, match=r"mode 600.*chmod 600") as refused:
        read_secret("AWASE_TEST_SECRET", tmp_path)

    assert "hush" not in str(refused.value)


def test_a_line_that_is_none_is_named_by_its_number_alone(tmp_path: Path) -> None:
    _write(tmp_path, "A=1\nhush hush\n")

    with pytest.raises(LeadDataError, match=r"NAME=value.*secrets\.env:2") as refused:
        read_secret("A", tmp_path)

    assert "hush" not in str(refused.value)
