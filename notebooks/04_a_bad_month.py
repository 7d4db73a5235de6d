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
# # 04 A bad month: drift found, refused, repaired
#
# A simulated company whose world changes: ten times as many opportunities from one month on, and a
# data provider that sends something else in the place of company sizes. We follow the monthly
# retrain through it. Everything lives in a folder that is removed at the end.

# %%
import tempfile
from datetime import datetime
from pathlib import Path

import matplotlib.pyplot as plt

import awase

CHANGES_AFTER = 10
settings = awase.CompanySettings(
    leads=3_000,
    months=16,
    seed=3,
    drift=awase.stress_drift(CHANGES_AFTER),
    truth_snapshots=0,
)
folder = tempfile.TemporaryDirectory()
exports = Path(folder.name) / "exports"
awase.write_company(awase.simulate(settings), exports)
# Two months of test instead of three: a world that changes is then learned anew a month sooner.
agreed = exports / "lead_definition.yaml"
text = agreed.read_text(encoding="utf-8").replace("test: {months: 3", "test: {months: 2")
agreed.write_text(text, encoding="utf-8")
workspace = awase.create_workspace(Path(folder.name) / "ours", agreed)
store, definition = workspace.store(), workspace.definition()
awase.import_files(
    store,
    sorted(exports.glob("*.csv")),
    mapping=awase.read_mapping(exports / "import.yaml", definition),
    definition=definition,
    rejects_file=workspace.report_path("rejects.csv"),
)


def month_end(number: int) -> int:
    """The second after a month of the company."""
    day = settings.month(number)
    return int(datetime(day.year, day.month, day.day, tzinfo=definition.zone).timestamp())


def retrain_after(month: int):
    """The monthly run, as cron would start it."""
    return awase.retrain(
        store,
        definition,
        settings=awase.RetrainSettings(
            releases_dir=workspace.releases_dir,
            tracking_uri=workspace.tracking_uri,
            by="notebook",
            data_cutoff=month_end(month),
            seed=workspace.seed,
        ),
    )


def say(report) -> None:
    """What became of a retrain, in one line."""
    became = "promoted" if report.promoted else "refused"
    print(f"{report.release_id}: retrain {became}, log loss {report.metrics.log_loss.value:.3f}")


# %% [markdown]
# ## Calm
# The last retrain before the change. It is promoted, and nothing has moved.

# %%
calm = retrain_after(CHANGES_AFTER)
say(calm)
print(f"drift findings: {[finding.name for finding in calm.drift]}")

# %% [markdown]
# ## The month after
# The inputs have left what the fit has seen, and the newest outcomes are not those it was taught.
# Each finding says what moved and how far, the most consequential first. The gate may still pass
# the release: its test ends where outcomes have matured, before the change. Read findings first.

# %%
bad = retrain_after(CHANGES_AFTER + 1)
say(bad)
for finding in bad.drift:
    print(f"- {finding.sentence.en}")

# %% [markdown]
# Scoring suspends the cut-offs by itself while most leads lie outside what training saw: until the
# model has learned anew, the rulebook decides, and every page says so.

# %% [markdown]
# ## Refused
# The test now looks into the new world, and the fit, which has learned the old one, is off. The
# gate says which checks do not hold, and the champion serves on. So it goes for some months: what
# is new must mature before it can be learned, and again before it can be tested.

# %%
refused = retrain_after(CHANGES_AFTER + 3)
say(refused)
for check in refused.verdict.checks:
    print(
        f"{'-' if check.passed is None else 'ok' if check.passed else 'NO':3} {check.sentence.en}"
    )
print(f"champion before and after: {refused.champion_before}, {refused.champion_after}")

# %% [markdown]
# ## Repaired
# Another three months on, the new world has been learned and tested on months after it.

# %%
repaired = retrain_after(CHANGES_AFTER + 6)
say(repaired)

# %% [markdown]
# The slope of the calibration, one dot a retrain; one is calibrated.

# %%
reports = [calm, bad, refused, repaired]
slopes = [report.metrics.calibration_slope for report in reports]
plt.figure(figsize=(6, 3))
for position, slope in enumerate(slopes):
    if slope is not None and slope.low is not None and slope.high is not None:
        plt.plot([position, position], [slope.low, slope.high], color="#31688e")
        plt.plot([position], [slope.value], "o", color="#31688e")
plt.axhline(1, color="black", linestyle="--", linewidth=1, label="calibrated")
plt.legend()
plt.xticks(range(4), ["calm", "the bad month", "refused", "repaired"])
plt.margins(x=0.15)
plt.ylabel("calibration slope of the test")
plt.tight_layout()
plt.show()

# %%
store.close()
folder.cleanup()
