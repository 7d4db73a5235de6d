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

import matplotlib.pyplot as plt
import numpy as np
import shap

from features.core.errors import Refusal
from features.history import History
from serving.decisions.in_force.apply import load_champion
from serving.decisions.inspect.explain_lead import past_leads
from serving.reasons.explainer import Explainer
from serving.reasons.points import probability_from
from serving.reasons.separation import what_separates
from serving.reasons.similar.cohort import leads_between
from serving.reasons.similar.shap_objects import by_concept, by_feature
from serving.workspace.workspace import Workspace

LANGUAGE = "en"  # "ja" needs a Japanese font in matplotlib

workspace = Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "demo-workspace")))
definition = workspace.definition()
release = load_champion(workspace.store(), workspace)
if release is None:
    msg = "this notebook reads a champion; got none yet. Make one with `awase retrain`."
    raise Refusal(msg)
explainer = Explainer.of(release.fit, definition)
past = past_leads(workspace, release, definition)
print(f"{release.release_id}: {len(past):,} snapshots that the tested fit had not seen")

# %% [markdown]
# ## Points add up
# The largest difference between the probability and what the points say, over all of them:

# %%
explained = explainer.explain(past.matrix)
difference = np.abs(probability_from(explained.points.total) - explained.probability).max()
print(f"{difference:.1e}")

# %% [markdown]
# ## All leads: which inputs move the points

# %%
some = past.matrix[:: max(1, len(past) // 500)]
shap.plots.beeswarm(by_feature(explainer, some, LANGUAGE), max_display=15, show=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# ## One lead: the most likely of the past ones

# %%
best = int(explained.probability.argmax())
one = by_concept(
    explainer, past.matrix[best : best + 1], past.as_of[best : best + 1], language=LANGUAGE
)
shap.plots.waterfall(one[0], max_display=12, show=False)
plt.tight_layout()
plt.show()

# %% [markdown]
# ## What separates those who converted
# Leads of the tested months, each seen once at their start or at its creation; mean difference in
# points with its 95 % interval.

# %%
if definition.dated:
    tables = workspace.store().read_tables()
    cohort = leads_between(
        explainer,
        tables,
        History.from_tables(tables, definition),
        first=int(past.as_of.min()),
        until=int(past.as_of.max()),
    )
    for separation in what_separates(
        explainer, cohort.matrix, converted=cohort.converted, group=cohort.group
    )[:8]:
        found = separation.difference
        if found is not None and found.low is not None:
            label = separation.label.read(LANGUAGE)
            print(f"{found.value:+6.1f}  ({found.low:+.1f} to {found.high:+.1f})  {label}")
