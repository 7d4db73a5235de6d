"""What MLflow's pages say of the experiment, a run, the model and its versions, as Markdown.

In English, as those pages are. A note opens with what a person asks first: what is this, how good
is it, may it be used, and how does one go back.
"""

from features.core.clock import from_second
from features.core.formats.dates import local_month
from features.core.formats.figures import number, probability, share
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from training.model.release import ReleaseCard
from training.reports.retrain_records import RetrainReport
from training.results.backtest_records import Backtest
from training.results.comparison_records import Matching

NOTE_TAG = "mlflow.note.content"
"""MLflow's own tag for the description of an experiment or a run."""

KIND_TAG = "mlflow.experimentKind"
"""MLflow's own tag for what an experiment is shown as: training, not generative AI."""

EXPERIMENT_NOTE = """\
**Awase: one calibrated definition of a qualified lead.** Each run is a retrain, a recalibration or
a backtest; each release is a version of the registered model `awase`.

- To compare months, choose runs and press *Compare*: headline metrics stand without a prefix, all
  others under `interval/`, `test/`, `calibration/`, `comparison/`, `data/` and further ones.
- A metric's step is a month (12 x year + month), so the newest run draws each figure's history.
- `champion` is what decides about leads; `challenger` is the last release that the gate refused.
  The ledger of Awase is the authority; MLflow mirrors it.
"""

MODEL_NOTE = """\
**The probability that a lead has its outcome within the horizon**, the qualification that follows
from the agreed cut-offs, and the reasons in points (ten points double the odds).

Columns go in *in words*: categories as text, numbers in the unit that the version's metadata
(`columns`) names, what is unknown as missing.

```python
model = mlflow.pyfunc.load_model("models:/awase@champion")
model.predict(model.input_example)
```
"""


WAY_BACK = (
    '- **To go back** from it once it is in use: `awase release rollback --why "..."` puts the '
    "champion before it to work again."
)


def release_note(card: ReleaseCard) -> str:
    """Describe a release: on what it learned, how good it was, where it cuts, and the way back.

    Parameters
    ----------
    card : ReleaseCard
    """
    return f"{_of_release(card)}\n{WAY_BACK}"


def _of_release(card: ReleaseCard) -> str:
    metrics = card.metrics
    dated = f", complete up to {from_second(card.data_cutoff):%Y-%m-%d %H:%M} UTC"
    auc = f"; AUC {number(metrics.auc).en}" if metrics.auc else ""
    return (
        f"**Release {card.release_id}** of the agreement *{card.definition_name}*.\n\n"
        f"- **Learned from** {card.n_snapshots:,} snapshots, {card.n_converted:,} of which "
        f"converted{dated if card.data_cutoff > 0 else ''}.\n"
        f"- **Tested later in time** on {metrics.n_snapshots:,} snapshots of {metrics.n_leads:,} "
        f"leads: log loss {number(metrics.log_loss).en}, where the base rate alone has "
        f"{number(metrics.base_rate_log_loss).en}{auc}.\n"
        f"- **Cut-offs**: MQL from {probability(card.cut_offs.mql.probability).en}, "
        f"SQL from {probability(card.cut_offs.sql.probability).en}."
    )


def run_note(report: RetrainReport, card: ReleaseCard) -> str:
    """Describe a retrain and its release: the rulebook beside it, the gate, and the way back.

    Parameters
    ----------
    report : RetrainReport
    card : ReleaseCard
        Of its release.
    """
    lines = [_of_release(card)]
    for qualification in (Qualification.MQL, Qualification.SQL):
        pair = report.comparison.pair(qualification, Matching.HINDSIGHT)
        if pair is not None and pair.rulebook.opportunity_rate is not None:
            lines.append(
                f"- **{qualification.name} at equal volume**: "
                f"{share(pair.model.opportunity_rate).en} of the model's hand-overs became "
                f"opportunities, {share(pair.rulebook.opportunity_rate).en} of the rulebook's."
            )
    lines.append(f"- **Gate**: {_decided(report)}")
    return "\n".join([*lines, WAY_BACK])


def backtest_note(found: Backtest, definition: LeadDefinition) -> str:
    """Describe a backtest: which months were replayed, and how the model did in them.

    Parameters
    ----------
    found : Backtest
    definition : LeadDefinition
        In whose time zone months are told.
    """
    first, last = (local_month(found.months[i].start, definition.zone).en for i in (0, -1))
    metrics = found.metrics
    return (
        f"**Backtest of {len(found.months)} months**, {first} to {last}: each month predicted by "
        "what had been learned before it.\n\n"
        f"- Log loss {number(metrics.log_loss).en}, where the base rate alone has "
        f"{number(metrics.base_rate_log_loss).en}; month by month under `month/`.\n"
        "- The same for a logistic regression under `month/logistic_...`."
    )


def _decided(report: RetrainReport) -> str:
    if report.promoted:
        before = f", in place of {report.champion_before}" if report.champion_before else ""
        return f"passed; champion from this run on{before}."
    if report.verdict.passed:
        return "passed; it was champion already."
    failed = " ".join(reason.en for reason in report.verdict.reasons)
    return f"refused; {report.champion_after or 'nothing'} stays in use. {failed}"
