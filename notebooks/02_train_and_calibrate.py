# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 Train and calibrate, step by step
#
# What `awase retrain` does, with its own functions and a look at each intermediate result. Nothing
# is written: no release comes of it. Reads `AWASE_WORKSPACE`, or `demo-workspace`.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt

from features.core.clock import from_second
from serving.workspace.workspace import Workspace
from training.base_rate.adjust import adjust_base_rate
from training.dataset.dataset import load_dataset
from training.evaluation.holdout import evaluate_baselines, evaluate_holdout
from training.metrics.logistic import probability_of
from training.metrics.metrics import log_loss
from training.model.fit import fit
from training.train.train import learn, training_rows_of

workspace = Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "demo-workspace")))
definition = workspace.definition()
dataset = load_dataset(workspace.store(), definition, data_cutoff=None, seed=workspace.seed)

# %% [markdown]
# ## Past and future
# To judge the later months we may learn only from what had matured before they began. Splitting at
# random instead would let the test see its own future through other snapshots of the same lead.

# %%
split = dataset.split
print(f"learn from {len(split.train):,} snapshots, {split.train.converted.mean():.2%} converted")
print(f"test on    {len(split.test):,} snapshots, {split.test.converted.mean():.2%} converted")
print(f"the test begins {from_second(split.test_from).astimezone(definition.zone):%Y-%m-%d}")

# %% [markdown]
# ## The snapshot
# One row a lead and moment, every feature from history strictly before it.

# %%
training_rows = training_rows_of(dataset, split.train, known_before=split.test_from)
catalogue = training_rows.snapshot.catalogue
print(f"{len(catalogue)} features; the first five:")
for feature in catalogue.features[:5]:
    print(f"  {feature.name:28} {feature.axis.value:12} {feature.label.en}")

# %% [markdown]
# ## Many small trees, each fold left out once
# The margins below are those of boosters that had not seen the row. They are what the calibrator is
# fitted on; the boosters' own training rows would flatter them.

# %%
fitted = fit(
    training_rows.snapshot,
    training_rows.converted,
    training_rows.group,
    recipe=training_rows.recipe,
)
margin = fitted.ensemble.oof_margin
plt.figure(figsize=(7, 3))
for outcome, label in ((False, "did not convert"), (True, "converted")):
    plt.hist(
        margin[training_rows.converted == outcome], bins=60, density=True, alpha=0.6, label=label
    )
plt.title("Held-out margins (natural log-odds)")
plt.legend()
plt.tight_layout()
plt.show()

# %% [markdown]
# ## From margin to probability
# Platt's straight line in log-odds keeps reasons additive; its slope can never fall below zero.
# Another kind takes its place only if it is better in every later block of the training period.

# %%
for kind in fitted.trials:
    print(f"{kind.kind:10} log loss {kind.log_loss:.4f}, better in {kind.n_blocks_better} blocks")
print(f"chosen: {fitted.calibrator.kind}, slope {fitted.calibrator.slope:.2f}")

# %% [markdown]
# ## Later in time, beside its opponents
# The test of a retrain: the level follows the newest outcomes, the cut-offs are set on the past,
# and everything is measured on the same later rows. The figures are those of the release's report.

# %%
tested = adjust_base_rate(
    learn(training_rows),
    dataset,
    split.train,
    until=split.test_from - 1,
    known_at=split.test_from,
)
base_rate = tested.learned.summary.base_rate
trial = evaluate_holdout(tested.learned.fit, dataset, cut_offs=tested.cut_offs, base_rate=base_rate)
print(f"{'Awase':20} log loss {trial.metrics.log_loss.value:.4f}")
uncalibrated = probability_of(fitted.ensemble.margin(trial.snapshot.matrix))
print(f"{'before calibration':20} log loss {log_loss(uncalibrated, split.test.converted):.4f}")
for opponent in evaluate_baselines(trial, dataset, tested.learned):
    print(f"{opponent.label.en:20} log loss {opponent.log_loss:.4f}")

# %% [markdown]
# ## Does thirty per cent mean thirty in a hundred?
# The rising curve of what came against what was promised. The band is where the curve would lie by
# chance if every promise were true; where the curve leaves it, the promises are wrong.

# %%
report = trial.calibration(seed=dataset.seed)
assert report is not None
curve = report.curve
promised = [point.probability for point in curve]
plt.figure(figsize=(4.5, 4.5))
plt.fill_between(
    promised, [p.low for p in curve], [p.high for p in curve], alpha=0.25, label="by chance"
)
plt.plot(promised, [p.converted_share for p in curve], label="came")
plt.plot([0, max(promised)], [0, max(promised)], "k--", linewidth=1)
plt.xlabel("promised")
plt.ylabel("came")
plt.legend()
plt.tight_layout()
plt.show()

error, parts, slope = report.calibration_error, report.decomposition, report.slope
if slope is not None and slope.low is not None and slope.high is not None:
    print(f"slope {slope.value:.2f} ({slope.low:.2f} to {slope.high:.2f}); 1 is calibrated")
print(f"calibration error {error.value:.4f}, by chance alone {error.by_chance:.4f}")
print(
    f"log loss = {parts.uncertainty:.4f} uncertainty - {parts.discrimination:.4f} discrimination "
    f"+ {parts.miscalibration:.4f} miscalibration"
)

# %% [markdown]
# ## The cut-offs
# Chosen on the past by the definition's rules; the test only checks them.

# %%
probability, converted = trial.scored.probability, trial.scored.converted
for name, cut_off in (("MQL", trial.cut_offs.mql), ("SQL candidate", trial.cut_offs.sql)):
    if cut_off.probability is not None:
        share = converted[probability >= cut_off.probability].mean()
        print(f"{name:14} from {cut_off.probability:.1%}; of those above it later {share:.1%}")
