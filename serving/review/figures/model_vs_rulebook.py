"""Model against rulebook, as the retrain that made the release found it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from features.store import Store
from features.store.results import newest_subject
from serving.review.month_data import MonthData
from serving.review.records import AgainstRulebook, TalkedAbout
from training.results.disagreement_records import Disagreement
from training.results_store import RETRAIN, read_disagreements, read_retrain

MOST_OF_A_CELL = 3
"""Of each of the four kinds; twelve leads are what a meeting gets through."""


def against_rulebook(store: Store, month_data: MonthData) -> AgainstRulebook | None:
    """What was found for the release in use; for one made without a retrain, the newest retrain's.

    None while no retrain has been recorded.
    """
    own = None if month_data.release is None else month_data.release.release_id
    report = None if own is None else read_retrain(store, own)
    if report is None:
        # A release made by an agreement alone has the boosters of the retrain before it.
        newest = newest_subject(store, RETRAIN)
        report = None if newest is None else read_retrain(store, newest)
    if report is None:
        return None
    teams = dict(zip(month_data.history.lead_ids, month_data.team_of_lead, strict=True))
    recorded = read_disagreements(store, report.release_id)
    # A lead may have been forgotten since.
    known = [one for one in recorded.found if one.lead_id in teams]
    return AgainstRulebook(
        release_id=report.release_id,
        comparison=report.comparison,
        cells=recorded.cells,
        disagreements=tuple(_talked_about(one, teams[one.lead_id]) for one in _some_of_each(known)),
    )


def _some_of_each(known: Sequence[Disagreement]) -> Iterator[Disagreement]:
    """The first few of each cell, in order."""
    taken = Counter[tuple[str, bool]]()
    for one in known:
        taken[one.found_by, one.converted] += 1
        if taken[one.found_by, one.converted] <= MOST_OF_A_CELL:
            yield one


def _talked_about(one: Disagreement, team: str | None) -> TalkedAbout:
    return TalkedAbout(
        lead_id=one.lead_id,
        team=team,
        found_by=one.found_by,
        as_of=one.as_of,
        converted=one.converted,
        probability=one.probability,
        rulebook_points=one.rulebook_points,
        rules=one.rules,
        concepts=tuple((concept.concept, concept.points) for concept in one.concepts),
    )
