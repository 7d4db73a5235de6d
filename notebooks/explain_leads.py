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
# # Why leads qualify
#
# Reads the champion of a workspace (`AWASE_WORKSPACE`, or `demo-workspace`) and draws its reasons
# with shap. The values are Awase's own, in points: ten points double the odds, and a lead's points
# add up to the probability on its card.

# %%
import os
from pathlib import Path

import matplotlib.font_manager
import matplotlib.pyplot as plt
import numpy as np
import shap

import awase

# Values are shown as the CRM writes them, here in Japanese: whichever font of this machine has it.
installed = {font.name for font in matplotlib.font_manager.fontManager.ttflist}
japanese = ("Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", "IPAexGothic")
plt.rcParams["font.family"] = [*(name for name in japanese if name in installed), "DejaVu Sans"]
LANGUAGE = "en"  # or "ja"

workspace = awase.Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "demo-workspace")))
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

# %%
some = past.matrix[:: max(1, len(past.matrix) // 500)]
shap.plots.beeswarm(awase.shap_by_feature(explainer, some, LANGUAGE), max_display=15, show=False)
plt.xlabel("Points; ten double the odds")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## One lead: the most likely of the past ones

# %%
best = int(explained.probability.argmax())
one = awase.shap_by_concept(
    explainer, past.matrix[best : best + 1], past.moments.as_of[best : best + 1], language=LANGUAGE
)
shap.plots.waterfall(one[0], max_display=12, show=False)
plt.gcf().set_size_inches(14, 7)  # shap's eight inches leave the bars too narrow beside our words
plt.xlabel("Points: from those of the average lead to those of this one")
plt.tight_layout()
plt.show()

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
    group=dataset.groups_at(test.rows)[first],
)
for separation in separations[:8]:
    found = separation.difference
    if found is not None and found.low is not None:
        label = separation.label.read(LANGUAGE)
        print(f"{found.value:+6.1f}  ({found.low:+.1f} to {found.high:+.1f})  {label}")
