import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DECORATED = re.compile(r"^@(?:Compiled|njit\([^)]*\))\ndef (\w+)", flags=re.MULTILINE)
COMPANY = "training/simulation"
"""Its kernels call one another, and some only where a world changes; a company has its commands."""


@pytest.mark.long
def test_what_is_compiled_at_installation_is_compiled_at_no_later_call(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "serving.cli.warm_up"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "compile what commands import" in done.stderr
    kept = {path.name.split("-")[0] for path in tmp_path.rglob("*.nbi")}
    declared = {
        f"{path.stem}.{name}"
        for floor in ("features", "training")
        for path in (ROOT / floor).rglob("*.py")
        if COMPANY not in path.as_posix()
        for name in DECORATED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(declared) > 20
    assert declared - kept == set()
