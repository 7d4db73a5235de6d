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
# # 01 Explore the leads, and what is censored
#
# Before anything is learned: who are these leads, what do they do, and of whom do we know what
# became of them? Reads the workspace named by `AWASE_WORKSPACE`, or `demo-workspace`, which
# `make demo` leaves behind.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

import awase

DAY = 24 * 60 * 60  # all instants are whole seconds
awase.use_japanese_font()  # values are shown as the CRM writes them

workspace = awase.Workspace.at(Path(os.environ.get("AWASE_WORKSPACE", "../demo-workspace")))
definition = workspace.definition()
dataset = awase.load_dataset(workspace.store(), definition, data_cutoff=None, seed=workspace.seed)
tables, history = dataset.tables, dataset.history
print(
    f"{history.n_leads:,} leads, {tables.event.num_rows:,} events, {tables.fact.num_rows:,} facts"
)


def months_of(seconds) -> pd.PeriodIndex:
    """Local month of instants."""
    times = pd.to_datetime(np.asarray(seconds), unit="s", utc=True).tz_convert(definition.zone)
    return times.tz_localize(None).to_period("M")


# %% [markdown]
# ## Where they come from
# New leads a month, by channel. A channel that begins or ends here changes everything after it.

# %%
facts = tables.fact.to_pandas()
channel = facts[facts["attribute"] == "channel"].drop_duplicates("lead_id", keep="last")
leads = tables.lead.to_pandas().merge(channel[["lead_id", "value"]], on="lead_id", how="left")
leads["month"] = months_of(leads["created_at"])
by_channel = leads.groupby(["month", "value"]).size().unstack(fill_value=0)
by_channel.plot.bar(stacked=True, figsize=(9, 4), width=0.9, title="New leads by channel")
plt.xlabel("")
plt.ylabel("leads")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.tight_layout()
plt.show()

# %% [markdown]
# ## What they do
# Events a lead in its first thirty days, by behaviour: the tail is long, and most leads do little.

# %%
events = tables.event.to_pandas().merge(leads[["lead_id", "created_at"]], on="lead_id")
young = events[events["occurred_at"] < events["created_at"] + 30 * DAY]
per_lead = young.groupby("behaviour").size().sort_values() / len(leads)
labels = [definition.behaviour(name).label.en for name in per_lead.index]
plt.figure(figsize=(7, 3.5))
plt.barh(labels, per_lead)
plt.xlabel("events a lead in its first 30 days")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## How long an opportunity takes
# Days from creation to the outcome the definition counts. What lies beyond the horizon does not
# count, however certain it was; a horizon that is too short makes good leads look like bad ones.

# %%
outcomes = tables.outcome.to_pandas()
reached = outcomes[outcomes["stage"] == definition.outcome.stage].groupby("lead_id")["occurred_at"]
days = (reached.min() - leads.set_index("lead_id")["created_at"]).dropna() / DAY
plt.figure(figsize=(7, 3))
plt.hist(days, bins=40)
plt.axvline(definition.outcome.horizon_days, color="black", linestyle="--", label="the horizon")
plt.xlabel(f"days from creation to {definition.outcome.stage}")
plt.ylabel("leads")
plt.legend()
plt.tight_layout()
plt.show()
print(
    f"{np.mean(days <= definition.outcome.horizon_days):.0%} of them within the horizon of creation"
)

# %% [markdown]
# ## What is not known yet
# A snapshot is a lead at one moment. It has matured when its horizon, and the delay with which
# outcomes are recorded, lie before the data cut-off. The newest months are censored: unknown, which
# is not the same as lost.

# %%
matured = dataset.outcomes.matured
frame = pd.DataFrame({"month": months_of(dataset.moments.as_of), "matured": matured})
counts = frame.groupby(["month", "matured"]).size().unstack(fill_value=0)
counts = counts.rename(columns={True: "matured", False: "not known yet"})
counts = counts.reindex(columns=["matured", "not known yet"], fill_value=0)
counts.plot.bar(stacked=True, figsize=(9, 4), width=0.9, title="Snapshots a month")
plt.xlabel("")
plt.ylabel("snapshots")
plt.ylim(top=1.15 * counts.sum(axis=1).max())
plt.legend(title="", loc="upper left", ncols=2)
plt.tight_layout()
plt.show()

# %% [markdown]
# ## What it costs to call the unknown lost
# The share that converted, month by month: among the matured, and with everything not known yet
# counted as lost. The second line falls at the end whatever the market does, and a model trained on
# it would learn that the newest leads are the worst.

# %%
converted = dataset.outcomes.converted & matured
shares = pd.DataFrame(
    {
        "month": months_of(dataset.moments.as_of),
        "matured only": np.where(matured, converted, np.nan),
        "unknown counted as lost": converted.astype(float),
    }
)
by_month = shares.groupby("month").mean()
title = "Share that converted within the horizon"
# The two are one until the newest months: wide under thin, so that both are seen.
by_month.plot(figsize=(9, 4), style=["-", "o-"], title=title)
plt.gca().lines[0].set(linewidth=7, alpha=0.4)
plt.legend()
plt.ylim(bottom=0)
plt.xlabel("")
plt.gca().yaxis.set_major_formatter(PercentFormatter(1.0))
plt.tight_layout()
plt.show()
last = by_month.iloc[-1]
print(f"newest month, unknown counted as lost: {last['unknown counted as lost']:.2%}")
print(f"all matured months: {converted[matured].mean():.2%}")

# %% [markdown]
# ## What is known about them
# Share of leads for whom each piece of information is known today. What can be asked has a question
# in the definition; sales see it on the lead card.

# %%
known = facts.dropna(subset=["value"]).groupby("attribute")["lead_id"].nunique() / history.n_leads
for attribute in definition.feature_attributes:
    ask = "  (askable)" if attribute.question is not None else ""
    print(f"{known.get(attribute.name, 0):6.1%}  {attribute.label.en}{ask}")
