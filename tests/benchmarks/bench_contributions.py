"""Explaining leads: our tables against LightGBM's ``pred_contrib`` and ``shap.TreeExplainer``.

The opponents are timed on part of the leads and scaled up: both are linear in leads, and the whole
would take minutes. Peak memory is the whole process's, before any opponent has run.
"""

import resource
import time
import warnings
from collections.abc import Callable
from statistics import median

import lightgbm as lgb
import numpy as np
import shap
from rich.console import Console
from rich.table import Table

from training.contributions.tree_shap import ContributionTables

N_LEADS, N_FEATURES, N_BOOSTERS = 100_000, 60, 10
OPPONENTS_SHARE = 10
ONE_LEAD_CALLS = 2_000
CATEGORIES = [57, 58, 59]


def draw_leads(rng: np.random.Generator, n: int) -> np.ndarray:
    """Counts, amounts and categories, a seventh of them unknown."""
    leads = rng.gamma(1.0, 3.0, (n, N_FEATURES)).round(1)
    leads[:, :20] = rng.poisson(1.5, (n, 20))
    leads[:, CATEGORIES] = rng.integers(0, 12, (n, len(CATEGORIES)))
    leads[rng.random(leads.shape) < 0.15] = np.nan
    return leads


def train(n_trees: int) -> list[lgb.Booster]:
    """Ten boosters of depth 4 that share ``n_trees``."""
    rng = np.random.default_rng(0)
    leads = draw_leads(rng, 8_000)
    eta = np.nansum(leads[:, :25] * rng.normal(0, 0.25, 25), axis=1) - 2
    converted = rng.random(len(leads)) < 1 / (1 + np.exp(-eta))
    dataset = lgb.Dataset(
        leads, converted, categorical_feature=CATEGORIES, params={"verbose": -1}
    ).construct()
    recipe = {"objective": "binary", "max_depth": 4, "num_leaves": 16, "learning_rate": 0.05}
    recipe |= {"feature_fraction": 0.5, "lambda_l2": 5.0, "verbose": -1, "num_threads": 2}
    return [
        lgb.train(
            recipe | {"seed": seed},
            dataset.subset(np.sort(rng.permutation(len(leads))[:6_400])),
            num_boost_round=n_trees // N_BOOSTERS,
        )
        for seed in range(N_BOOSTERS)
    ]


def seconds(run: Callable[[], object], *, times: int = 3) -> float:
    """Median time of a call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return median(taken)


def compare(n_trees: int, table: Table) -> None:
    """Time all three on the same boosters and leads."""
    boosters = train(n_trees)
    texts = [booster.model_to_string() for booster in boosters]
    tables = ContributionTables.from_model_texts(texts)
    leads = draw_leads(np.random.default_rng(1), N_LEADS)
    some = leads[: N_LEADS // OPPONENTS_SHARE]
    tables.explain(some[:1])

    build = seconds(lambda: ContributionTables.from_model_texts(texts))
    ours = seconds(lambda: tables.explain(leads))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    one = seconds(lambda: tables.explain(leads[:1]), times=ONE_LEAD_CALLS)
    name = f"ours (built in {build:.2f} s, {memory:.0f} MB at peak)"
    table.add_row(name, f"{n_trees}", f"{ours:.2f} s", "1", f"{one * 1e6:.0f} us")

    def pred_contrib(matrix: np.ndarray) -> object:
        # One row is not worth a thread: LightGBM's would wait for each other.
        threads = 1 if len(matrix) == 1 else 2
        return sum(
            booster.predict(matrix, pred_contrib=True, num_threads=threads) for booster in boosters
        )

    explainers = [shap.TreeExplainer(booster) for booster in boosters]

    def tree_explainer(matrix: np.ndarray) -> object:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="LightGBM binary classifier")
            return sum(explainer.shap_values(matrix) for explainer in explainers)

    for name, opponent in (
        ("LightGBM pred_contrib", pred_contrib),
        ("shap.TreeExplainer", tree_explainer),
    ):
        whole = seconds(lambda: opponent(some), times=1) * OPPONENTS_SHARE  # noqa: B023
        alone = seconds(lambda: opponent(leads[:1]), times=50)  # noqa: B023
        table.add_row(
            name, f"{n_trees}", f"{whole:.1f} s", f"{whole / ours:.0f}", f"{alone * 1e6:.0f} us"
        )


def main() -> None:
    """Print one row for each method and size of release."""
    table = Table(title=f"{N_LEADS:,} leads, {N_FEATURES} features, {N_BOOSTERS} boosters, depth 4")
    for column in ("method", "trees", "all leads", "times ours", "one lead"):
        table.add_column(column, justify="left" if column == "method" else "right")
    for n_trees in (300, 600):
        compare(n_trees, table)
    Console().print(table)


if __name__ == "__main__":
    main()
