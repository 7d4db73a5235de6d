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
# # 03 Model against rulebook, for the review
#
# The retrain wrote down what it found; this notebook reads it, as the review page does. The
# question is never "which is better" alone, but: on the same leads, at the same hand-over volume,
# with what uncertainty. Reads `AWASE_WORKSPACE`, or `demo-workspace`.

# %%
import os
from datetime import UTC, datetime
from pathlib import Path

import matplotlib.pyplot as plt

import awase

workspace = awase.Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "../demo-workspace")))
store, definition = workspace.store(), workspace.definition()
champion = awase.load_champion(store, workspace)
report = None if champion is None else awase.read_retrain(store, champion.release_id)
if report is None:
    msg = "this notebook reads a champion's retrain; got none. Make one with `awase retrain`."
    raise awase.Refusal(msg)
comparison = report.comparison
print(f"{comparison.n_leads:,} later leads, {comparison.n_converted:,} of them converted")

# %% [markdown]
# ## Hand-overs, and what became of them
# *past*: cut-offs set on past data, volumes as they turned out. *tuned*: the rulebook's points cut
# by the same rule as the probabilities. *hindsight*: equal volume, chosen afterwards and labelled
# so.

# %%
print(f"{'':28}{'handed over':>12}{'rate':>8}{'caught':>8}")
for pair in comparison.pairs:
    for name, result in (("model", pair.model), ("rulebook", pair.rulebook)):
        rate = result.opportunity_rate
        told = "" if rate is None else f"{rate.value:8.1%}"
        label = f"{pair.matching.value}, {pair.qualification.name}, {name}"
        print(f"{label:28}{result.n_handed_over:12,}{told}{result.n_caught:8,}")

# %% [markdown]
# ## The difference, with its interval
# Model less rulebook, in percentage points, resampled by account. An interval that holds zero
# means: these leads cannot tell.

# %%
differences = [pair for pair in comparison.pairs if pair.rate_difference is not None]
plt.figure(figsize=(8, 0.5 * len(differences) + 1.5))
for row, pair in enumerate(differences):
    found = pair.rate_difference
    low = found.value if found.low is None else found.low
    high = found.value if found.high is None else found.high
    plt.plot([100 * low, 100 * high], [row, row], color="#31688e")
    plt.plot([100 * found.value], [row], "o", color="#31688e")
names = [f"{pair.matching.value}, {pair.qualification.name}" for pair in differences]
plt.yticks(range(len(names)), names)
plt.axvline(0, color="black", linewidth=1)
plt.margins(y=0.2)
plt.xlabel("opportunity rate, model less rulebook (percentage points)")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## Where they disagree
# Leads that only one of the two would have handed over: how many of each kind, and as many of each
# by name, the most instructive first: what the rules saw, what moved the model, and whom the
# outcome proved right.

# %%
disagreements = awase.read_disagreements(store, champion.release_id)
explainer = awase.Explainer.of(champion.tested, definition)
rules = {rule.name: rule.label.en for rule in definition.rulebook.rules}
for cell in disagreements.cells:
    became = "converted" if cell.converted else "did not convert"
    print(f"only the {cell.found_by}, {became}: {cell.n_leads:,} leads")
for found in disagreements.found:
    day = datetime.fromtimestamp(found.as_of, UTC).astimezone(definition.zone)
    became = "converted" if found.converted else "did not convert"
    print(
        f"{found.lead_id}  {day:%Y-%m-%d}  only the {found.found_by}: {found.probability:.0%}, "
        f"{found.rulebook_points:.0f} points; {became}, so the {found.right} was right"
    )
    print(f"    rules: {', '.join(rules.get(name, name) for name in found.rules) or 'none'}")
    moved = [
        f"{explainer.concept(one.concept).label.en} {one.points:+.1f}" for one in found.concepts[:4]
    ]
    print(f"    model: {', '.join(moved)}")
