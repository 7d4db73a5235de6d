"""The trial in a review: a section of its figures, and a screen where one is running or has ended.

The trial is that of the agreement in force; without one, that which somebody ended last, as long as
it was still counted in the month.
"""

from zoneinfo import ZoneInfo

from features.core.clock import from_second
from features.core.formats import local_date, signed
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.trial import ARM_WORDS
from features.store import Store
from serving.review.records import Review
from training.reports.document.blocks import Section
from training.reports.trial_document import (
    FIGURE_WORDS,
    arms_table,
    figures_table,
    looks_table,
    verdict_words,
)
from training.results_store import read_ended_trial, read_trial
from training.trial.records import TrialReport

HEADING = Text(ja="公平な比較試験", en="The trial by lot")

DETAIL = "trial"
"""Name of the section, and of the screen."""


def trial_of_month(
    store: Store, definition: LeadDefinition, *, start: int, end: int
) -> TrialReport | None:
    """The newest look at the trial that ran in a month; None where none did, or nobody looked.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
        Agrees on the trial, if any.
    start, end : int
        First seconds of the month and of the next, since 1970 UTC.
    """
    agreed = definition.trial
    found = read_ended_trial(store) if agreed is None else read_trial(store, agreed.name)
    is_over = agreed is None and found is not None and found.as_of < start
    return None if found is None or is_over or found.begins >= end else found


def trial_section(review: Review, zone: ZoneInfo) -> tuple[Section, ...]:
    """Write the section on the trial; none where none ran.

    Parameters
    ----------
    review : Review
    zone : ZoneInfo
        In which days are told.
    """
    report = review.trial
    if report is None:
        return ()
    day = local_date(from_second(report.as_of), zone)
    counted = Text(
        ja=f"「{report.name}」を{day.ja}まで数えたもの。",
        en=f"{report.name}, counted up to {day.en}.",
    )
    return (
        Section(
            name=DETAIL,
            heading=HEADING,
            lines=(verdict_words(report, zone), counted),
            tables=(
                *(figures_table(report, each) for each in report.comparisons),
                *(looks_table(report, each, zone) for each in report.comparisons),
                arms_table(report),
            ),
        ),
    )


def difference_of(report: TrialReport) -> tuple[Text, Text]:
    """The difference of the first comparison, and what it counts."""
    first = report.comparisons[0]
    found = report.deciding(first).plain
    tested, control = ARM_WORDS[first.tested], ARM_WORDS[report.control]
    figure = FIGURE_WORDS[report.counted]
    counted = Text(
        ja=f"{figure.ja}の差({tested.ja}−{control.ja})",
        en=f"{figure.en.lower()}, {tested.en} less {control.en}",
    )
    return signed(None if found is None else found.value).value, counted
