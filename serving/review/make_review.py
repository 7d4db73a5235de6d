"""A month's review: made from ledger and tables, kept as a finding, read back by pages.

Making one takes seconds on large tables, showing one must not. What was made is kept with a stamp
of everything it was made from, and made anew once that has moved.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, select

from features.core.errors import LeadDataError
from features.core.json_records import from_json, to_json
from features.core.progress import PARTS, Progress, ignore_progress
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import read_champion
from features.store.results import read_finding, write_finding
from features.store.schema import decision, finding, hand_over, outcome, run
from serving.review.figures.contrast import converted_against_others
from serving.review.figures.handed_over import handed_over
from serving.review.figures.kpi_lines import kpi_lines
from serving.review.figures.model_vs_rulebook import against_rulebook
from serving.review.figures.nurture import nurture
from serving.review.figures.reliability import promised_and_came
from serving.review.figures.trend import funnel, months
from serving.review.figures.verdicts import verdicts
from serving.review.month import Month
from serving.review.month_data import load_month_data
from serving.review.records import Review
from serving.review.trial_section import trial_of_month
from training.model.release import Release
from training.results_store import BACKTEST, RETRAIN, TRIAL, TRIAL_ENDED

REVIEW = "review"
"""Kind of a finding; its subject is the month."""

LEADS_BEHIND = "review_leads"
"""The leads behind the figures of a month's review: apart from it, as few of them are ever read."""

MAKE = "make the review"
"""The step that progress is told of, in hundredths of the time it takes on the demo."""


@dataclass(frozen=True, kw_only=True)
class KeptReview:
    """A review as the ledger keeps it.

    ``is_current`` is false once tables, decisions, release or definition have moved since.
    """

    review: Review
    made_at: datetime
    is_current: bool


SHOWN = (RETRAIN, BACKTEST, TRIAL, TRIAL_ENDED)
"""Kinds of findings that a review shows."""


def make_review(
    store: Store,
    definition: LeadDefinition,
    month: Month,
    *,
    release: Release | None,
    progress: Progress = ignore_progress,
) -> Review:
    """Make a month's review and keep it.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
    month : Month
    release : Release or None
        The release in use.
    progress : callable
        Told how far it is.

    Raises
    ------
    LeadDataError
        If the data set has no dates, or the month lies outside the tables.
    """
    stamp = stamp_of(store, definition)
    progress(MAKE, 0, PARTS)
    month_data = load_month_data(store, definition, month, release=release)
    progress(MAKE, 30, PARTS)
    kpis = kpi_lines(month_data)
    progress(MAKE, 40, PARTS)
    converted = converted_against_others(month_data)
    progress(MAKE, 50, PARTS)
    review = Review(
        month=month,
        known_before=month_data.known_before,
        horizon_days=month_data.horizon_days,
        outcome_stage=definition.outcome.stage,
        release_id=None if release is None else release.release_id,
        handed_over=handed_over(month_data),
        kpis=kpis,
        funnel=funnel(month_data),
        months=months(month_data),
        converted=converted,
        verdicts=verdicts(month_data),
        nurture=nurture(month_data),
        against_rulebook=against_rulebook(store, month_data),
        bands=promised_and_came(store, month_data),
        trial=trial_of_month(store, definition, start=month_data.start, end=month_data.end),
    )
    behind = json.dumps(month_data.behind)
    write_finding(store, LEADS_BEHIND, month.name, record=behind, stamp=stamp)
    write_finding(store, REVIEW, month.name, record=to_json(review), stamp=stamp)
    progress(MAKE, PARTS, PARTS)
    return review


def read_leads_behind(store: Store, month: Month, name: str) -> tuple[str, ...] | None:
    """Read the leads behind a figure of a month's review; None where there is no such figure.

    Parameters
    ----------
    store : Store
    month : Month
        Its review must be kept.
    name : str
        Of the figure, as its cell names it.
    """
    kept = read_finding(store, LEADS_BEHIND, month.name)
    found = None if kept is None else json.loads(kept.record).get(name)
    return None if found is None else tuple(found)


def read_review(store: Store, definition: LeadDefinition, month: Month) -> KeptReview | None:
    """Read the newest review of a month; None if there is none, or older code made it.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
        The definition in force, by which the review may be out of date.
    month : Month
    """
    kept = read_finding(store, REVIEW, month.name)
    if kept is None:
        return None
    try:
        review = _review_of(kept.record, month)
    except LeadDataError:
        # Everything in it can be made again, with what reviews have come to hold since.
        return None
    return KeptReview(
        review=review,
        made_at=kept.found_at,
        is_current=kept.stamp == stamp_of(store, definition),
    )


@lru_cache(maxsize=4)  # Home and the pages of one month read the same record again and again.
def _review_of(record: str, month: Month) -> Review:
    return from_json(Review, record, f"the review of {month.name}")


def stamp_of(store: Store, definition: LeadDefinition) -> str:
    """What a review is made from, in a few cheap numbers: any that moves makes it out of date."""
    imports = run.c.kind == "import"
    # Each by a query of its own: beside another SQLite reads all for what the end of an index says.
    numbers = (
        select(func.count()).select_from(outcome),
        select(func.max(outcome.c.known_at)),
        select(func.count()).select_from(hand_over),
        select(func.max(hand_over.c.handed_over_at)),
        select(func.max(decision.c.decision_id)),
        select(func.count()).select_from(run).where(imports),
        select(func.max(run.c.finished_at)).where(imports),
        select(func.max(finding.c.found_at)).where(finding.c.kind.in_(SHOWN)),
    )
    with store.engine.connect() as connection:
        moved = connection.execute(select(*(number.scalar_subquery() for number in numbers))).one()
    champion = read_champion(store)
    fingerprint = definition.fingerprint
    return " ".join(
        (
            *map(str, moved),
            "" if champion is None else champion.release_id,
            fingerprint.model,
            fingerprint.agreement,
        )
    )
