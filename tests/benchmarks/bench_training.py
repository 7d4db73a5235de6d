"""Cross-fitted training with evaluation, against one bare LightGBM booster on the same matrix.

Also the loop without shared bins, which is what calling ``lightgbm.train`` ten times costs.
"""

import time
from collections.abc import Callable

import lightgbm as lgb
import numpy as np

from training.calibration.calibrator import calibrate
from training.learners.boosting.blend import fit_blend
from training.learners.boosting.training_matrix import TrainingMatrix
from training.learners.hyperparameters import hyperparameters_for
from training.metrics.with_intervals import measure
from training.results.scored import ScoredSnapshots

N_SNAPSHOTS = 300_000
N_FEATURES = 60
N_CATEGORIES = 5
N_LEADS = 40_000


def main() -> None:
    matrix, converted, lead = _made_up()
    categorical = list(range(N_CATEGORIES))
    recipe = hyperparameters_for(N_SNAPSHOTS)
    parameters = recipe.parameters(0)

    def bare() -> lgb.Booster:
        data = lgb.Dataset(matrix, converted.astype(float), categorical_feature=categorical)
        return lgb.train(parameters, data, recipe.most_trees)

    def defaults() -> lgb.Booster:
        data = lgb.Dataset(matrix, converted.astype(float), categorical_feature=categorical)
        return lgb.train({"objective": "binary", "verbosity": -1}, data, 100)

    def ours() -> None:
        ensemble = fit_blend(
            TrainingMatrix(
                matrix=matrix, converted=converted, groups=lead, categorical=categorical
            ),
            recipe=recipe,
        )
        calibrator = calibrate(ensemble, converted)
        scored = ScoredSnapshots(
            probability=calibrator.predict(ensemble.oof_margin),
            converted=converted,
            matured=np.ones(N_SNAPSHOTS, dtype=bool),
            lead=lead,
            group=lead,
            as_of=np.arange(N_SNAPSHOTS),
        )
        measure(scored, base_rate=float(converted.mean()))

    print(f"{N_SNAPSHOTS:,} snapshots x {N_FEATURES} features, {N_LEADS:,} leads")
    reference = None
    for name, work in (
        ("one bare booster of as many trees", bare),
        ("LightGBM's defaults, one booster", defaults),
        (f"ours: {recipe.n_boosters} boosters and a line, calibrated, evaluated", ours),
    ):
        taken = _timed(work)
        reference = reference or taken
        print(f"  {name:48s} {taken:7.1f} s   x {taken / reference:5.1f}", flush=True)


def _made_up() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    lead = np.sort(random.integers(0, N_LEADS, N_SNAPSHOTS))
    shape = (N_SNAPSHOTS, N_FEATURES)
    # As snapshots are: counts, half of them never seen, some times since, a few categories.
    matrix = np.where(random.random(shape) < 0.5, np.nan, random.poisson(2, shape).astype(float))
    matrix[:, :N_CATEGORIES] = random.integers(0, 12, (N_SNAPSHOTS, N_CATEGORIES))
    matrix[:, 10:25] = random.exponential(30, (N_SNAPSHOTS, 15))
    log_odds = -3.5 + 0.3 * np.nan_to_num(matrix[:, 30]) - 0.02 * matrix[:, 10]
    log_odds += (matrix[:, 0] > 8) * (matrix[:, 11] < 20)
    converted = random.random(N_SNAPSHOTS) < 1 / (1 + np.exp(-log_odds))
    return matrix, converted, lead


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
