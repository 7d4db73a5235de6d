"""A trial in words: the plan, and what is shown while it runs."""

from zoneinfo import ZoneInfo

import pytest

from training.reports.document.charts import draw
from training.reports.document.markdown import as_markdown
from training.reports.trial_document import trial_document
from training.reports.trial_plan import plan_document
from training.trial.plan import PlannedMonth, TrialPlan
from training.trial.records import (
    ArmComparison,
    ArmCounts,
    BalanceRow,
    Difference,
    FigureDifference,
    Look,
    TrialReport,
)

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = 86_400
BEGINS = 1_767_193_200  # 2026-01-01 in Tokyo


def arm(name, n_converted):
    return ArmCounts(
        arm=name, share=0.5, n_leads=900, n_accounts=500, n_ripe=800, n_unripe=100,
        n_handed_over=200, n_converted=n_converted, n_won=4, hours=300.0,
    )  # fmt: skip


def report(low, high, *, as_of=BEGINS + 200 * DAY, srm_p=0.4, tested=("model",), said=None):
    found = Difference(value=(low + high) / 2, low=low, high=high)
    figure = FigureDifference(
        figure="outcomes_per_100_leads", control=4.0, tested=6.0, plain=found, adjusted=found
    )
    handed = FigureDifference(
        figure="outcomes_per_100_hand_overs", control=20.0, tested=26.0,
        plain=Difference(value=6.0, low=2.0, high=10.0), adjusted=None,
    )  # fmt: skip
    return TrialReport(
        name="spring", control="rulebook", counted="outcomes_per_100_leads",
        worthwhile=1.0, begins=BEGINS, closes=BEGINS + 300 * DAY, ripe_at=BEGINS + 360 * DAY,
        as_of=as_of, arms=(arm("rulebook", 32), *(arm(name, 48) for name in tested)),
        comparisons=tuple(
            ArmComparison(
                tested=name, figures=(figure, handed),
                looks=(Look(at=BEGINS + 90 * DAY, n_accounts=120, difference=None),
                       Look(at=as_of, n_accounts=480, difference=found)),
                balance=(BalanceRow(covariate="probability", control=0.1, tested=0.11,
                                    standardised=0.02),),
            )
            for name in tested
        ),
        srm_p=srm_p, observational=said, n_contaminated=3, n_redrawn=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "verdict", "words"),
    [
        (0.4, 3.6, "tested_better", "The model is better"),
        (-3.6, -0.4, "control_better", "The rulebook is better"),
        (-0.9, 0.9, "not_worthwhile", "below 1.00"),
        (0.1, 0.9, "not_worthwhile", "below 1.00"),
        (-1.0, 5.0, "open", "Nothing can be decided yet"),
    ],
)
def test_what_would_be_decided(low, high, verdict, words):
    found = report(low, high)

    told = as_markdown(trial_document(found, TOKYO), "en")

    assert found.verdict_of(found.comparisons[0]) == verdict
    assert words in told
    assert "Accounts with leads of several judges since a merge: 3" in told


def test_shares_that_are_off_leave_everything_open():
    found = report(0.4, 3.6, srm_p=1e-5)

    assert not found.is_decided
    assert "did not fall into the arms" in as_markdown(trial_document(found, TOKYO), "en")
    assert "信じられない" in as_markdown(trial_document(found, TOKYO), "ja")


def test_a_ripe_trial_without_an_answer_says_so():
    found = report(-1.0, 5.0, as_of=BEGINS + 400 * DAY)

    told = as_markdown(trial_document(found, TOKYO), "en")

    assert "neither shown nor ruled out" in told


def test_a_plan_names_months_and_what_sales_can_work():
    months = tuple(
        PlannedMonth(months=n, n_leads=500.0 * n, n_accounts=400.0 * n,
                     detectable=(6 / n**0.5, 7 / n**0.5), per_100_hand_overs=5.0)
        for n in range(1, 37)
    )  # fmt: skip
    plan = TrialPlan(worthwhile=2.0, rate=5.0, wait_days=60, months=months)

    told = as_markdown(plan_document(plan, "outcomes_per_100_leads", TOKYO), "en")

    # 6 / 3 = 2 after nine months; 7 / 3.61 = 1.94 after thirteen.
    assert "80% power: 9 months of entry, then 60 days" in told
    assert "90% power: 13 months" in told
    assert "5.0 per 100 hand-overs" in told


def test_the_plan_is_a_chart_of_both_powers_against_what_is_worth_having():
    months = tuple(
        PlannedMonth(months=n, n_leads=500.0 * n, n_accounts=400.0 * n,
                     detectable=(6 / n**0.5, 7 / n**0.5), per_100_hand_overs=None)
        for n in range(1, 37)
    )  # fmt: skip
    plan = TrialPlan(worthwhile=2.0, rate=5.0, wait_days=60, months=months)
    (table,) = plan_document(plan, "outcomes_per_100_leads", TOKYO).sections[0].tables
    (chart,) = table.charts

    drawn = draw(chart, table, "en")

    assert [table.columns[at].label.en for at in chart.columns] == [
        "Difference found (80% power)",
        "Difference found (90% power)",
    ]
    assert drawn.count("<polyline") == 2
    assert "stroke-dasharray" in drawn
    assert ">6<" in drawn.replace("6.0", "6")


def test_three_judges_are_told_apart():
    told = as_markdown(trial_document(report(0.4, 3.6, tested=("model", "learned_rulebook")),
                                      TOKYO), "en")  # fmt: skip

    assert "Model: The model is better" in told
    assert "Learned rulebook: The learned rulebook is better" in told
    assert "Learned rulebook against rulebook" in told


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        (Difference(value=3.0, low=1.0, high=5.0), "do not contradict"),
        (Difference(value=-6.0, low=-9.0, high=-3.0), "contradict each other"),
    ],
)
def test_what_was_said_without_a_lot_stands_beside_the_answer(said, agrees):
    told = as_markdown(trial_document(report(0.4, 3.6, said=said), TOKYO), "en")

    assert "the trial says +6.0 (+2.0 to +10.0)" in told
    assert agrees in told
