"""How boosters are grown: every number that shapes a release, with what supports it.

Chosen by later-in-time log loss, LightGBM's defaults first: Olist funnel .339 to .302, X Education
.426 to .401; a bank's applications an hour, a day and a week after they came .555, .712 and .755 to
.486, .594 and .589 (a logistic regression on the line's columns .488, .597 and .592).

- *depth*: one question a tree below 1,500 snapshots, two below 5,000, three above. Four lost later
  in time on everything but one draw: .492, .601, .604 on the bank, .403 on X Education, as much on
  a simulated company of 137,000 snapshots (.1072 against .1069). One question instead of two, on
  earlier periods of the training data, last 50, 35 and 20 %, 416 to 1,227 snapshots: better in all
  nine of the bank's (by .0004 to .006), .0006 to .0008 worse in the three of Olist.
- *learning rate*: from 200,000 snapshots on a release's 600 trees end before they have learned what
  there is to learn: of .15, .2, .25 and .3, the expected log loss of a simulated company of 340,000
  snapshots was 1.71, 1.56, 1.48 and 1.45 % above the least (1,200 trees of .15: 1.40), the held-out
  loss in the demo's training data with 80,000 leads .2152, .2146 and .2146 at .15, .25 and .3. With
  85,000 snapshots .15 and .25 are even (2.31 % on three companies).
- *a straight line* shares the margin: :mod:`training.learners.boosting.blend`.
- *leaves of 10* below 1,000 snapshots: X Education cut to 150, 300 and 600 leads .482, .450, .433
  against .497, .461, .433 with 20; no difference on the others. A shrunk scorecard (one question a
  tree) or a logistic regression was no better down to 15 conversions: .519 and .507, .479 and .469,
  .448 and .447 on the same draws, so few outcomes get the same recipe and wide intervals, and fewer
  than the gate's minimum a refusal.
- *two draws of the folds*, half as many trees a booster: the same log loss, and the noise between
  draws then tells how much steeper the average must be calibrated: the served slope on the
  simulated company went from 1.11 to 1.06, on its true probabilities from 1.06 to 1.02.
- ``cat_smooth`` and ``cat_l2`` of 30 against 10: .3024 against .3026, .4038 against .4046.
- *age*: all matured snapshots weigh alike. Halving a snapshot's weight every 10, 20 or 40 days was
  worse later in time in 9, 10 and 6 of the bank's twelve periods (by up to .0085, better by .0015
  at most) and made no difference of note on Olist (.0019 worse to .0015 better).
- *young leads* are learned from by their chance to convert (:mod:`training.train.young_snapshots`).
  Taking only those already decided, weighted by 1 over the chance of being decided by now, was
  better later in time at 7 and worse at 5 of the bank's looks (four cut-off days by three ages).
  Knowing the future of all was worth .003 to .011 there.
- native categories against ordered target statistics: .3026 against .3131, .404 against .4135.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from training.learners.linear.scorecard import Scorecard

MOST_TREES = 600
"""Trees of one release, over all boosters."""

MANY_SNAPSHOTS = 200_000
FEW_SNAPSHOTS = 5_000
FEW_FOR_INTERACTIONS = 1_500
VERY_FEW_SNAPSHOTS = 1_000

N_FOLDS = 5
N_REPEATS = 2


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """Settings of one cross-fitted ensemble.

    Attributes
    ----------
    n_folds, n_repeats : int
        Boosters are their product: one per fold per draw of the folds.
    most_trees : int
        Of one booster; how many it keeps is chosen without the fold that calibrates.
    min_snapshots_per_leaf : int
    feature_share, row_share : float
        Drawn anew for each tree.
    monotone : tuple of int
        Per column +1, 0 or -1; empty where the definition constrains nothing.
    segments : tuple of int
        Columns of categories whose calibration is corrected where it is shown to be off.
    with_line : bool
        Whether a linear model has a share in the margin; see
        :mod:`training.learners.boosting.blend`.
    scorecard : Scorecard or None
        Where outcomes are few: nothing but this is learned, and no booster.
    n_threads : int
        Boosters grown side by side; 0 is one per processor. They are the same for every number.
    """

    n_folds: int = N_FOLDS
    n_repeats: int = N_REPEATS
    most_trees: int = MOST_TREES // (N_FOLDS * N_REPEATS)
    learning_rate: float = 0.15
    depth: int = 3
    min_snapshots_per_leaf: int = 20
    lambda_l2: float = 10.0
    category_smoothing: float = 30.0
    category_l2: float = 30.0
    min_snapshots_per_category: int = 10
    feature_share: float = 0.5
    row_share: float = 0.8
    monotone: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    with_line: bool = True
    scorecard: Scorecard | None = None
    seed: int = 0
    n_threads: int = 0

    @property
    def n_boosters(self) -> int:
        """How many boosters are averaged."""
        return self.n_folds * self.n_repeats

    def to_dict(self) -> dict[str, Any]:
        """The settings as JSON types."""
        return asdict(self)

    def parameters(self, booster: int) -> dict[str, Any]:
        """LightGBM's parameters for the n-th booster."""
        return {
            # As "binary" for outcomes, and takes the chance of one that is still open.
            "objective": "cross_entropy",
            "metric": "cross_entropy",
            "learning_rate": self.learning_rate,
            "max_depth": self.depth,
            "num_leaves": 2**self.depth,
            "min_data_in_leaf": self.min_snapshots_per_leaf,
            "min_sum_hessian_in_leaf": 1e-3,
            "lambda_l2": self.lambda_l2,
            "cat_smooth": self.category_smoothing,
            "cat_l2": self.category_l2,
            "min_data_per_group": self.min_snapshots_per_category,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            **({"monotone_constraints": list(self.monotone)} if any(self.monotone) else {}),
            "seed": self.seed * self.n_boosters + booster,
            # Of one booster: its trees are so small that two boosters side by side, each on one
            # processor, take three quarters of the time of one after the other on two.
            "num_threads": 1,
            # The same seed must give the same text on every machine with the same number of rows.
            # By columns: half of them are left out of each tree (16 % less time than by rows).
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }


def hyperparameters_for(
    n_snapshots: int,
    *,
    seed: int = 0,
    monotone: tuple[int, ...] = (),
    segments: tuple[int, ...] = (),
) -> Hyperparameters:
    """Choose the shipped hyperparameters for a training set by its size.

    Parameters
    ----------
    n_snapshots : int
        Matured snapshots of the training set.
    seed : int
    monotone : tuple of int
        Per column +1, 0 or -1; empty where nothing is constrained.
    segments : tuple of int
        Columns of the categories whose calibration is corrected where it is off.
    """
    if n_snapshots < FEW_SNAPSHOTS:
        with_interactions = n_snapshots >= FEW_FOR_INTERACTIONS
        return Hyperparameters(
            depth=2 if with_interactions else 1,
            learning_rate=0.1 if with_interactions else 0.15,
            min_snapshots_per_leaf=10 if n_snapshots < VERY_FEW_SNAPSHOTS else 20,
            # With few columns half of them would often leave none that matters.
            feature_share=0.8,
            seed=seed,
            monotone=monotone,
            segments=segments,
        )
    recipe = Hyperparameters(seed=seed, monotone=monotone, segments=segments)
    return replace(recipe, learning_rate=0.25) if n_snapshots >= MANY_SNAPSHOTS else recipe
