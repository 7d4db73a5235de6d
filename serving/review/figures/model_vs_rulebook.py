"""Model against rulebook, as the retrain that made the release found it."""

from features.store import Store
from features.store.results import newest_subject
from serving.review.month_data import MonthData
from serving.review.records import AgainstRulebook, TalkedAbout
from training.results_store import RETRAIN, read_disagreements, read_retrain

MOST_SHOWN = 12
"""Disagreements that a meeting gets through."""


def against_rulebook(store: Store, training_rows: MonthData) -> AgainstRulebook | None:
    """What was found for the release in use; for one made without a retrain, the newest retrain's.

    None while no retrain has been recorded.
    """
    own = None if training_rows.release is None else training_rows.release.release_id
    report = None if own is None else read_retrain(store, own)
    if report is None:
        # A release made by an agreement alone has the boosters of the retrain before it.
        newest = newest_subject(store, RETRAIN)
        report = None if newest is None else read_retrain(store, newest)
    if report is None:
        return None
    teams = dict(zip(training_rows.history.lead_ids, training_rows.team_of_lead, strict=True))
    disagreements = tuple(
        TalkedAbout(
            lead_id=one.lead_id,
            team=teams[one.lead_id],
            found_by=one.found_by,
            as_of=one.as_of,
            converted=one.converted,
            probability=one.probability,
            rulebook_points=one.rulebook_points,
            rules=one.rules,
            concepts=tuple((concept.concept, concept.points) for concept in one.concepts),
        )
        for one in read_disagreements(store, report.release_id)
        # A lead may have been forgotten since.
        if one.lead_id in teams
    )
    return AgainstRulebook(
        release_id=report.release_id,
        comparison=report.comparison,
        disagreements=disagreements[:MOST_SHOWN],
    )
