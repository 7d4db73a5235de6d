"""A release written long ago still loads and gives the same bits.

Rewritten by ``python tests/golden/rewrite_release.py``, for a new format only.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from training.model.release import load_release

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("release_format_*"))


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_an_old_release_still_loads_and_predicts_the_same(folder: Path) -> None:
    pinned = json.loads((folder / "pinned.json").read_text(encoding="utf-8"))
    matrix = np.array(pinned["matrix"], dtype=np.float64)
    [release_dir] = [path for path in folder.iterdir() if path.is_dir()]

    release = load_release(release_dir)

    found = release.probability(matrix)
    expected = np.array([float.fromhex(text) for text in pinned["probability"]])
    # numpy's exp and log differ between processors in the last bit, and in nothing else.
    np.testing.assert_array_max_ulp(found, expected, maxulp=2)
    assert release.release_id == release_dir.name


def test_there_is_a_golden_release_to_load() -> None:
    assert GOLDEN
