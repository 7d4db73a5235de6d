"""Reports of a trial as the counting makes them, for the screens that show them."""

from training.trial.records import (
    ArmComparison,
    ArmCounts,
    BalanceRow,
    Difference,
    FigureDifference,
    Look,
    TrialReport,
)

DAY = 86_400


def trial_report(begins, *, months=6, tested=("model",)):
    """A trial that was looked at every month, the difference always +2 but ever surer."""
    looks = tuple(
        Look(
            at=begins + 30 * DAY * (place + 3),
            n_accounts=200 * (place + 1),
            difference=Difference(value=2.0, low=2 - 6 / (place + 1), high=2 + 6 / (place + 1)),
        )
        for place in range(months)
    )
    figures = tuple(
        FigureDifference(
            figure=name, control=4.0, tested=6.0, plain=looks[-1].difference, adjusted=None
        )
        for name in ("outcomes_per_100_leads", "outcomes_per_100_hand_overs")
    )
    return TrialReport(
        name="spring",
        control="rulebook",
        counted="outcomes_per_100_leads",
        worthwhile=1.5,
        begins=begins,
        closes=begins + 300 * DAY,
        ripe_at=begins + 360 * DAY,
        as_of=looks[-1].at,
        arms=tuple(_arm(name) for name in ("rulebook", *tested)),
        comparisons=tuple(
            ArmComparison(
                tested=name,
                figures=figures,
                looks=looks,
                balance=(
                    BalanceRow(covariate="age_days", control=9, tested=9.2, standardised=0.02),
                ),
            )
            for name in tested
        ),
        srm_p=0.4,
        n_contaminated=0,
        n_redrawn=0,
    )


def _arm(name):
    return ArmCounts(
        arm=name, share=0.5, n_leads=900, n_accounts=500, n_ripe=800, n_unripe=100,
        n_handed_over=200, n_converted=40, n_won=4, hours=300.0,
    )  # fmt: skip
