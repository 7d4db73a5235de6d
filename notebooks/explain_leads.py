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
# # Why leads qualify
#
# Reads the champion of a workspace (`AWASE_WORKSPACE`, or `demo-workspace`) and draws its reasons
# with shap. The values are Awase's own, in points: ten points double the odds, and a lead's points
# add up to the probability on its card.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import awase

LANGUAGE = "en"  # or "ja"
awase.use_japanese_font()  # values are shown as the CRM writes them

workspace = awase.Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "../demo-workspace")))
definition = workspace.definition()
store = workspace.store()
release = awase.load_champion(store, workspace)
if release is None:
    msg = "this notebook reads a champion; got none yet. Make one with `awase retrain`."
    raise awase.Refusal(msg)
dataset = awase.load_dataset(
    store, definition, data_cutoff=release.card.data_cutoff, seed=workspace.seed
)
test = dataset.split.test
catalogue = awase.Catalogue.from_dict(release.tested.catalogue, definition)
past = awase.take_snapshot(dataset.history, catalogue, dataset.at(test.rows))
explainer = awase.Explainer.of(release.tested, definition)
print(f"{release.release_id}: {len(past.matrix):,} snapshots that the tested fit had not seen")

# %% [markdown]
# ## Points add up
# Ten points double the odds. The largest difference between the probability and what the points
# say, over all of them:

# %%
explained = explainer.explain(past.matrix)
said = 1 / (1 + 2 ** (-explained.points.total / 10))
difference = np.abs(said - explained.probability).max()
print(f"{difference:.1e}")

# %% [markdown]
# ## All leads: which inputs move the points
# One dot a lead. Right of the line raises it, and red is a large value. Grey is neither large nor
# small: a category, what is unknown or never happened, the sum of all other inputs.

# %%
some = past.matrix[:: max(1, len(past.matrix) // 500)]
awase.plot_beeswarm(explainer, some, language=LANGUAGE)
plt.show()

# %% [markdown]
# ## How much each concept weighs, with its interval
# Mean size of its points over the leads of the test, resampled by account.

# %%
group = dataset.groups_at(test.rows)
weights = awase.importance(explainer, past.matrix, group=group)[:12]
plt.figure(figsize=(8, 4.5))
for row, weight in enumerate(reversed(weights)):
    found = weight.points
    plt.barh(row, found.value, color="#31688e")
    plt.plot([found.low, found.high], [row, row], color="black")
plt.yticks(range(len(weights)), [weight.label.read(LANGUAGE) for weight in reversed(weights)])
plt.xlabel("mean size of the points (ten double the odds)")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## One lead: the most likely of the past ones

# %%
best = int(explained.probability.argmax())
awase.plot_waterfall(explainer, past.matrix[best], int(past.moments.as_of[best]), language=LANGUAGE)
plt.show()

# %% [markdown]
# ## One input: its points over its values
# A dot a lead. Dots of one value that lie apart say that the input weighs more for some leads than
# for others.

# %%
strongest = max(
    (f for f in catalogue if not f.is_category and f.concept == weights[1].concept),
    key=lambda f: abs(
        awase.shap_by_feature(explainer, some, LANGUAGE)[:, f.label.read(LANGUAGE)].values
    ).mean(),
)
awase.plot_dependence(explainer, some, strongest.name, language=LANGUAGE)
plt.show()

# %% [markdown]
# ## Were every lead to have it: partial dependence
# What the release would say, not what would happen: a lead that is made to visit the site is not
# one that visits of itself.

# %%
awase.plot_partial_dependence(explainer, some, strongest.name, language=LANGUAGE)
plt.show()

# %% [markdown]
# ## Behaviour and information together
# Points of a pair of values beyond what the two say alone; where all cells are near 0 they only add
# up.

# %%
known = next(f for f in catalogue if f.axis.value == "information" and f.is_category)
pairs = awase.interaction(explainer, some[::3], first=known.name, second=strongest.name)
awase.plot_interaction(pairs, language=LANGUAGE)
plt.show()

# %% [markdown]
# ## What if?
# One open lead as it is, and as it would be had it said and done something more. Nothing is
# written.

# %%
lead = dataset.history.lead_ids[past.moments.lead[best]]
behaviour = next(b.name for b in definition.behaviours if b.actor == "lead")
changed = awase.what_if(workspace, lead, events=[behaviour] * 3)
print(f"{lead}: {changed.now.likelihood.en}")
print(f"with three more {behaviour}: {changed.then.likelihood.en}")
for concept, points in changed.moved[:5]:
    print(f"{points:+6.1f}  {explainer.concept(concept).label.read(LANGUAGE)}")

# %% [markdown]
# ## Are segments treated alike?
# Predicted less observed, in percentage points (0: a probability means the same here), the share
# that qualifies, and the share of those who convert that qualifies. Segments that convert at
# different rates cannot be alike in all three.

# %%
print(f"{'':40}{'leads':>7}{'converted':>11}{'difference':>12}{'qualified':>11}{'found':>8}")
for segment in awase.fairness_by_segment(release, dataset, definition):
    off = "  off" if segment.is_off else ""
    print(
        f"{segment.label.read(LANGUAGE):40}{segment.n_leads:7,}{segment.converted.value:11.1%}"
        f"{100 * segment.difference.value:+9.1f} pp{segment.qualified.value:11.1%}"
        f"{segment.found.value:8.1%}{off}"
    )

# %% [markdown]
# ## What separates those who converted
# Leads of the test, each as it was first looked at; mean difference in points with its 95 %
# interval.

# %%
_, first = np.unique(past.moments.lead, return_index=True)
separations = awase.what_separates(
    explainer,
    past.matrix[first],
    converted=test.converted[first],
    group=group[first],
)
for separation in separations[:8]:
    found = separation.difference
    if found is not None and found.low is not None:
        label = separation.label.read(LANGUAGE)
        print(f"{found.value:+6.1f}  ({found.low:+.1f} to {found.high:+.1f})  {label}")
