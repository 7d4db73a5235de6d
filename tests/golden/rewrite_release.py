"""Writes the golden release: run ``python tests/golden/rewrite_release.py`` from the repository.

Only a new format is a reason to run it, and then the old one stays: it must still load.
"""

import json
from pathlib import Path

import numpy as np

from training.calibration.calibrator import calibrate
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import Hyperparameters
from training.metrics.with_intervals import measure
from training.model.release import FORMAT, Release, ReleaseCard
from training.model.trained_model import TrainedModel
from training.results.records import CutOff, ReleaseCutOffs
from training.results.scored import ScoredSnapshots

FOLDER = Path(__file__).with_name(f"release_format_{FORMAT}")
ROWS = 300


def main() -> None:
    """Train a very small release and keep it with the probabilities it gives."""
    random = np.random.default_rng(1)
    matrix = np.column_stack([random.normal(size=ROWS), random.integers(0, 3, ROWS)])
    matrix[::7, 0] = np.nan
    converted = random.random(ROWS) < 1 / (1 + np.exp(1 - np.nan_to_num(matrix[:, 0])))
    recipe = Hyperparameters(n_folds=2, most_trees=6, depth=2, n_threads=1)
    ensemble = fit_blend(
        TrainingMatrix(
            matrix=matrix, converted=converted, groups=np.arange(ROWS), categorical=(1,)
        ),
        recipe=recipe,
    )
    fit = TrainedModel(
        booster_texts=tuple(b.model_to_string() for b in ensemble.boosters),
        line=ensemble.line,
        calibrator=calibrate(ensemble, converted),
        catalogue={
            "features": [
                {"name": n, "concept": n, "axis": "behaviour", "unit": "times"} for n in "ab"
            ],
            "levels": {"b": ["展示会", "web", "(other)"]},
        },
    )
    scored = ScoredSnapshots(
        probability=fit.probability(matrix),
        converted=converted,
        matured=np.ones(ROWS, dtype=np.bool_),
        lead=np.arange(ROWS),
        group=np.arange(ROWS),
        as_of=np.full(ROWS, 1_770_000_000),
    )
    cut_offs = ReleaseCutOffs(
        mql=CutOff(rule="capacity", probability=0.3), sql=CutOff(rule="precision", probability=0.5)
    )
    card = ReleaseCard(
        release_id="",
        definition_name="golden",
        model_fingerprint="a" * 16,
        agreement_fingerprint="b" * 16,
        data_cutoff=1_775_000_000,
        tested_from=1_765_000_000,
        trained_until=1_770_000_000,
        n_snapshots=ROWS,
        n_converted=int(converted.sum()),
        recipe=recipe,
        cut_offs=cut_offs,
        metrics=measure(scored, base_rate=0.3, repeats=5),
    )
    release = Release.make(card, shipped=fit, tested=fit)
    release.write(FOLDER)
    asked = [[None if np.isnan(x) else float(x) for x in row] for row in matrix[:20]]
    given = [float(p).hex() for p in release.probability(matrix[:20])]
    pinned = {"matrix": asked, "probability": given}
    (FOLDER / "pinned.json").write_text(json.dumps(pinned, indent=1) + "\n")


if __name__ == "__main__":
    main()
