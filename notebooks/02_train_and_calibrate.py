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
import numpy as np

from features.core.clock import from_second
from serving.workspace.workspace import Workspace
from training.cutoffs.choose import choose_cut_offs
from training.dataset.dataset import load_dataset
from training.evaluation.baselines import fit_logistic
from training.metrics.calibration_error import calibration_error, decompose, reliability_curve
from training.metrics.logistic import probability_of
from training.metrics.metrics import log_loss
from training.metrics.with_intervals import measure
from training.model.fit import fit
from training.results.scored import ScoredSnapshots
from training.train.train import learn, look_back, score_past, training_rows_of

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
# The calibrator that did best on a later part of the training period. A straight line in log-odds
# keeps reasons additive; its slope can never fall below zero.

# %%
for trial in fitted.trials:
    print(f"{trial.kind:10} log loss {trial.log_loss:.4f} on the later part")
print(f"chosen: {fitted.calibrator.kind}, slope {fitted.calibrator.slope:.2f}")

# %% [markdown]
# ## Later in time, beside its opponents
# The same rows for all: our ensemble, a regularised logistic regression, and the base rate.

# %%
learned = learn(training_rows)
test = look_back(learned.fit, dataset, split.test.rows)
probability = learned.fit.probability(test.matrix)
logistic = fit_logistic(
    training_rows.snapshot.matrix, training_rows.converted, categorical=catalogue.categorical
)
converted = split.test.converted
base_rate = float(training_rows.converted.mean())
for name, said in (
    ("Awase", probability),
    ("before calibration", probability_of(fitted.ensemble.margin(test.matrix))),
    ("logistic regression", logistic.probability(test.matrix)),
    ("base rate", np.full(len(converted), base_rate)),
):
    print(f"{name:20} log loss {log_loss(said, converted):.4f}")

# %% [markdown]
# ## Does thirty per cent mean thirty in a hundred?
# The rising curve of what came against what was promised. The band is where the curve would lie by
# chance if every promise were true; where the curve leaves it, the promises are wrong.

# %%
scored = ScoredSnapshots(
    probability=probability,
    converted=converted,
    matured=np.ones(len(converted), dtype=bool),
    lead=dataset.moments.lead[split.test.rows],
    group=dataset.groups_at(split.test.rows),
    as_of=dataset.moments.as_of[split.test.rows],
)
curve = reliability_curve(scored)
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

metrics = measure(scored, base_rate=base_rate)
error, parts = calibration_error(scored), decompose(probability, converted)
slope = metrics.calibration_slope
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
past = score_past(learned, dataset, split.train, until=split.test_from - 1)
cut_offs = choose_cut_offs(past, definition)
for name, cut_off in (("MQL", cut_offs.mql), ("SQL candidate", cut_offs.sql)):
    if cut_off is not None and cut_off.probability is not None:
        share = converted[probability >= cut_off.probability].mean()
        print(f"{name:14} from {cut_off.probability:.1%}; of those above it later {share:.1%}")
