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
# # 05 Your own data in a notebook
#
# From files to probabilities with nothing but `import awase`. Set `AWASE_EXPORTS` to a folder that
# holds your files, a `lead_definition.yaml` and an `import.yaml` (`awase start` proposes both, and
# docs/files.md explains them). Without it a simulated company stands in for yours. Everything else
# lives in a folder that is removed at the end.

# %%
import os
import tempfile
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import awase

awase.use_japanese_font()
folder = tempfile.TemporaryDirectory()
exports = Path(os.environ.get("AWASE_EXPORTS", Path(folder.name) / "exports"))
if "AWASE_EXPORTS" not in os.environ:
    settings = awase.CompanySettings(leads=3_000, months=14, seed=5, truth_snapshots=0)
    awase.write_company(awase.simulate(settings), exports)
files = sorted([*exports.glob("*.csv"), *exports.glob("*.xlsx")])
pd.read_csv(files[0]).head(3)

# %% [markdown]
# ## A workspace of its own
# The definition says what a lead can do, what is known of it and what counts as success; the
# mapping says which column of which file is what. A mistake in either is named with its line.

# %%
workspace = awase.create_workspace(Path(folder.name) / "ours", exports / "lead_definition.yaml")
store, definition = workspace.store(), workspace.definition()
report = awase.import_files(
    store,
    files,
    mapping=awase.read_mapping(exports / "import.yaml", definition),
    definition=definition,
    rejects_file=workspace.report_path("rejects.csv"),
)
pd.DataFrame(
    {t.table: (t.read, t.stored, t.unchanged, t.rejected) for t in report.tables},
    index=["read", "stored", "unchanged", "rejected"],
).T

# %% [markdown]
# ## What can be learned from it
# A snapshot is a lead at a moment; it has matured when its outcome must be known by now.

# %%
dataset = awase.load_dataset(store, definition, data_cutoff=None, seed=workspace.seed)
matured = dataset.outcomes.matured
share = dataset.outcomes.converted[matured].mean()
print(f"{len(dataset.moments):,} snapshots, {matured.sum():,} matured, {share:.1%} converted")
suspects = [finding for finding in awase.audit_leakage(dataset) if finding.blocks]
print(f"columns that know too much: {[finding.column for finding in suspects] or 'none'}")

# %% [markdown]
# ## A release
# Trained, calibrated, tested on later months, and promoted or refused with its reasons.

# %%
found = awase.retrain(
    store,
    definition,
    settings=awase.RetrainSettings(
        releases_dir=workspace.releases_dir,
        tracking_uri=workspace.tracking_uri,
        by="notebook",
        seed=workspace.seed,
    ),
)
print(f"{found.release_id}: {'promoted' if found.promoted else 'refused'}")
for check in found.verdict.checks:
    print(
        f"{'-' if check.passed is None else 'ok' if check.passed else 'NO':3} {check.sentence.en}"
    )
release = awase.load_release(Path(found.release_dir))

# %% [markdown]
# ## Rows in words, and their probabilities
# The frame has a column per feature, categories as text, what is unknown as missing. Change what
# you like and predict again.

# %%
catalogue = awase.Catalogue.from_dict(release.fit.catalogue, definition)
snapshot = awase.take_snapshot(
    dataset.history, catalogue, dataset.at(dataset.split.test.rows[:2000])
)
frame = snapshot.to_frame()
probability = release.predict_proba(frame)[:, 1]
plt.figure(figsize=(7, 3))
plt.hist(100 * probability, bins=50)
plt.yscale("log")
plt.xlabel("probability (%)")
plt.ylabel("snapshots")
plt.tight_layout()
plt.show()

# %%
category = next(feature for feature in catalogue if feature.is_category)
for level in category.levels[:5]:
    changed = release.predict_proba(frame.assign(**{category.name: level}))[:, 1]
    print(f"{category.label.en} {level}: mean probability {changed.mean():.1%}")

# %% [markdown]
# ## Open leads today, and why
# Cut-offs follow the agreement. The simulated one hands over up to 400 leads a month, as many as
# sales can work; a company with so few leads has room for nearly every one of them.

# %%
run = awase.score_leads(workspace, hand_over=False)
print(Counter(run.predictions["qualification"].to_pylist()))
if found.promoted:
    card = awase.explain_lead(workspace, run.most_likely)
    print(f"{card.lead_id}: {card.likelihood.en}")
    for reason in card.reasons[:5]:
        print(f"{reason.points:+6.1f}  {reason.sentence.en}")

# %%
store.close()
folder.cleanup()
