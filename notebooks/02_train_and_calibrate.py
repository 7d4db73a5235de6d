# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
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
# What `awase retrain` did to make the champion, and what it found: the past it learned from, the
# fit that was tested on later months, its calibration, its opponents, its cut-offs. Nothing is
# written. Reads `AWASE_WORKSPACE`, or `demo-workspace`.

# %%
import os
from datetime import datetime
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

import awase

workspace = awase.Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "../demo-workspace")))
store, definition = workspace.store(), workspace.definition()
release = awase.load_champion(store, workspace)
report = None if release is None else awase.read_retrain(store, release.release_id)
if release is None or report is None:
    msg = "this notebook reads a champion's retrain; got none. Make one with `awase retrain`."
    raise awase.Refusal(msg)
dataset = awase.load_dataset(store, definition, data_cutoff=report.data_cutoff, seed=workspace.seed)

# %% [markdown]
# ## Past and future
# To judge the later months we may learn only from what had matured before they began. Splitting at
# random instead would let the test see its own future through other snapshots of the same lead.

# %%
split = dataset.split
begins = datetime.fromtimestamp(split.test_from, definition.zone)
print(f"learn from {len(split.train):,} snapshots, {split.train.converted.mean():.2%} converted")
print(f"test on    {len(split.test):,} snapshots, {split.test.converted.mean():.2%} converted")
print(f"the test begins {begins:%Y-%m-%d}")

# %% [markdown]
# ## The snapshot
# One row a lead and moment, every feature from history strictly before it; here those of the test.

# %%
catalogue = awase.Catalogue.from_dict(release.tested.catalogue, definition)
snapshot = awase.take_snapshot(dataset.history, catalogue, dataset.at(split.test.rows))
print(f"{len(catalogue)} features; the first five:")
for feature in catalogue.features[:5]:
    print(f"  {feature.name:28} {feature.axis.value:12} {feature.label.en}")
print(snapshot.to_frame().iloc[:3, :4])

# %% [markdown]
# ## From the tables to a margin
# Many small trees beside an additive line; the margins below are those of the fit that saw nothing
# of these months. On its own training rows any fit flatters itself.

# %%
margin, converted = release.tested.margin(snapshot.matrix), split.test.converted
plt.figure(figsize=(7, 3))
for outcome, label in ((False, "did not convert"), (True, "converted")):
    plt.hist(margin[converted == outcome], bins=60, density=True, alpha=0.6, label=label)
plt.xlabel("margin (natural log-odds)")
plt.ylabel("density")
plt.legend()
plt.tight_layout()
plt.show()

# %% [markdown]
# ## From margin to probability
# Platt's straight line in log-odds keeps reasons additive; its slope can never fall below zero.
# Another kind takes its place only if it is better in every later block of the training period.

# %%
for kind in report.calibrators:
    print(f"{kind.kind:10} log loss {kind.log_loss:.4f}, better in {kind.n_blocks_better} blocks")
calibrator = release.tested.calibrator
print(f"chosen: {calibrator.kind}, slope {calibrator.slope:.2f}")

# %% [markdown]
# ## Later in time, beside its opponents
# The test of the retrain: the level follows the newest outcomes, the cut-offs are set on the past,
# and everything is measured on the same later rows.

# %%


def log_loss(probability) -> float:
    """Mean negative log-likelihood of what came, in nats."""
    return float(-np.log(np.where(converted, probability, 1 - probability)).mean())


print(f"{'Awase':20} log loss {report.metrics.log_loss.value:.4f}")
print(f"{'before calibration':20} log loss {log_loss(1 / (1 + np.exp(-margin))):.4f}")
for opponent in report.opponents:
    print(f"{opponent.label.en:20} log loss {opponent.log_loss:.4f}")

# %% [markdown]
# ## Does thirty per cent mean thirty in a hundred?
# What was observed against what was predicted. The band is where the curve would lie by chance if
# every probability were right; where the curve leaves it, they are wrong.

# %%
measured = report.proof
assert measured is not None, "this champion's retrain could not measure its calibration"
curve = measured.curve
predicted = [point.probability for point in curve]
plt.figure(figsize=(4.5, 4.5))
plt.fill_between(
    predicted, [p.low for p in curve], [p.high for p in curve], alpha=0.25, label="by chance"
)
plt.plot(predicted, [p.converted_share for p in curve], label="observed")
plt.plot([0, max(predicted)], [0, max(predicted)], "k--", linewidth=1, label="calibrated")
plt.xlabel("predicted probability")
plt.ylabel("observed share")
plt.gca().xaxis.set_major_formatter(PercentFormatter(1.0))
plt.gca().yaxis.set_major_formatter(PercentFormatter(1.0))
plt.legend()
plt.tight_layout()
plt.show()

error, parts, slope = measured.calibration_error, measured.decomposition, measured.slope
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
probability = release.tested.probability(snapshot.matrix)
tested = release.card.tested_cut_offs
if tested is not None:
    for name, cut_off in (("MQL", tested.mql), ("SQL candidate", tested.sql)):
        if cut_off.probability is not None:
            share = converted[probability >= cut_off.probability].mean()
            print(f"{name:14} from {cut_off.probability:.1%}; of those above it later {share:.1%}")
