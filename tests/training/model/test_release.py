"""A release comes back from its folder bit for bit, or says which of its files is not itself."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from training.calibration.calibrator import Calibrator
from training.model.release import Release, ReleaseCard, load_release
from training.model.trained_model import TrainedModel
from training.results.records import CutOff


@pytest.mark.long
def test_a_new_process_gives_the_same_bits(
    release: Release, matrix: FloatArray, tmp_path: Path
) -> None:
    folder = release.write(tmp_path)
    np.save(tmp_path / "matrix.npy", matrix)
    program = (
        "import sys, numpy as np; from pathlib import Path;"
        "from training.model.release import Release;"
        "found = Release.load(Path(sys.argv[1])).probability(np.load(sys.argv[2]));"
        "print(found.tobytes().hex())"
    )

    command = [sys.executable, "-c", program, str(folder), str(tmp_path / "matrix.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == release.probability(matrix).tobytes().hex()


def test_one_row_and_many_rows_give_the_same_bits(release: Release, matrix: FloatArray) -> None:
    together = release.probability(matrix[:50])

    alone = np.concatenate([release.probability(matrix[i : i + 1]) for i in range(50)])

    np.testing.assert_array_equal(alone, together)


def test_the_fit_that_was_trained_is_the_fit_that_is_loaded(
    release: Release, fit: TrainedModel, matrix: FloatArray, tmp_path: Path
) -> None:
    loaded = load_release(release.write(tmp_path))

    np.testing.assert_array_equal(loaded.margin(matrix), fit.margin(matrix))
    assert loaded.tested.calibrator == Calibrator(slope=0.5, intercept=0.25)
    assert loaded.fit.catalogue == fit.catalogue
    assert loaded.card == release.card


def test_the_same_inputs_give_the_same_id_and_bytes(
    card: ReleaseCard, fit: TrainedModel, tmp_path: Path
) -> None:
    first = Release.make(card, shipped=fit, tested=fit).write(tmp_path / "a")
    second = Release.make(card, shipped=fit, tested=fit).write(tmp_path / "b")

    assert first.name == second.name
    assert first.name.startswith("2026-03-31-")
    names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    # Three boosters, line, calibrator and catalogue, twice; and the card.
    assert len(names) == 2 * (3 + 3) + 1
    assert [(first / n).read_bytes() for n in names] == [(second / n).read_bytes() for n in names]


def test_different_inputs_give_different_ids(
    release: Release, card: ReleaseCard, fit: TrainedModel
) -> None:
    other_data = Release.make(replace(card, n_snapshots=601), shipped=fit, tested=fit)
    steeper = replace(fit, calibrator=replace(fit.calibrator, slope=2.0))
    other_fit = Release.make(card, shipped=steeper, tested=fit)

    assert len({release.release_id, other_data.release_id, other_fit.release_id}) == 3


def test_a_changed_agreement_keeps_the_boosters(release: Release, matrix: FloatArray) -> None:
    cut_offs = replace(release.cut_offs, mql=CutOff(rule="capacity", probability=0.4))

    agreed = release.with_agreement(cut_offs, "ef")

    assert agreed.release_id != release.release_id
    np.testing.assert_array_equal(agreed.probability(matrix), release.probability(matrix))
    assert agreed.qualify(np.array([0.3, 0.45])).tolist() == [0, 1]
    assert release.qualify(np.array([0.3, 0.45])).tolist() == [1, 1]


@pytest.mark.parametrize("name", ["booster_01.txt", "calibrator.json", "tested/catalogue.json"])
@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_damaged_file_is_named(release: Release, tmp_path: Path, name: str, harm: str) -> None:
    folder = release.write(tmp_path)
    if harm == "changed":
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    else:
        (folder / name).unlink()

    with pytest.raises(LeadDataError, match=rf"got 1 changed or missing \({name}\)"):
        load_release(folder)


def test_a_card_that_was_edited_is_noticed(release: Release, tmp_path: Path) -> None:
    folder = release.write(tmp_path)
    card = json.loads((folder / "release.json").read_text())
    card["cut_offs"]["mql"]["probability"] = 0.01
    (folder / "release.json").write_text(json.dumps(card))

    with pytest.raises(LeadDataError, match=r"0 changed or missing \(release\.json\)"):
        load_release(folder)


def test_a_release_of_a_later_format_is_refused(release: Release, tmp_path: Path) -> None:
    folder = release.write(tmp_path)
    card = json.loads((folder / "release.json").read_text())
    (folder / "release.json").write_text(json.dumps(card | {"format": 3}))

    with pytest.raises(LeadDataError, match=r"must be of format 1 or 2; got 3\. Use the version"):
        load_release(folder)


def test_a_folder_without_a_card_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(LeadDataError, match=r"holds release\.json; got none"):
        load_release(tmp_path)


def test_writing_again_mends_a_damaged_copy(release: Release, tmp_path: Path) -> None:
    folder = release.write(tmp_path)
    (folder / "booster_00.txt").write_text("")

    release.write(tmp_path)

    assert load_release(folder).card == release.card


def test_nothing_in_the_folder_is_pickled(release: Release, tmp_path: Path) -> None:
    folder = release.write(tmp_path)

    for path in folder.rglob("*"):
        if path.is_file():
            path.read_text(encoding="utf-8")
            assert path.suffix in {".json", ".txt"}


def test_a_matrix_of_other_width_is_refused(release: Release) -> None:
    with pytest.raises(LeadDataError, match=r"matrix of 3 columns; got shape \(4, 2\)"):
        release.margin(np.zeros((4, 2)))


def test_margins_of_many_rows_are_those_of_few(
    fit: TrainedModel, matrix: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = fit.margin(matrix)

    monkeypatch.setattr("training.model.trained_model.TABLES_FROM", 1)

    np.testing.assert_array_equal(fit.margin(matrix), few)
