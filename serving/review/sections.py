"""A review in words: every part, in the order of the meeting."""

from collections.abc import Mapping

from sqlalchemy import select, tuple_

from features.core.clock import from_second
from features.definition import LeadDefinition
from features.store import Store
from features.store.schema import outcome
from serving.review.blocks import ReviewSection
from serving.review.kpi_sections import handed_over_part, kpi_part, trend_part
from serving.review.labels import Labels
from serving.review.lead_sections import Sees, converted_part, nurture_part, verdicts_part
from serving.review.model_sections import against_part, promised_part
from serving.review.records import CommentPlace, Review


def everybody(team: str | None) -> bool:  # noqa: ARG001 (the widest view)
    """Who sees the leads of all teams."""
    return True


def tell(
    review: Review,
    definition: LeadDefinition,
    *,
    comments: Mapping[CommentPlace, str],
    sees: Sees = everybody,
) -> tuple[ReviewSection, ...]:
    """Write every section of a review, in order.

    Parameters
    ----------
    review : Review
    definition : LeadDefinition
    comments : mapping from CommentPlace to str
        From :func:`read_comments`.
    sees : callable
        Whether the reader sees single leads of a team; figures are everybody's.
    """
    labels = Labels(definition)
    return (
        kpi_part(review, definition),
        trend_part(review, labels),
        handed_over_part(review, labels),
        converted_part(review, labels),
        verdicts_part(review, labels, comments=comments, sees=sees),
        nurture_part(review, labels),
        against_part(review, labels, sees),
        promised_part(review),
    )


def read_comments(store: Store, review: Review) -> dict[CommentPlace, str]:
    """The comments a review points at, as they stand in the tables now."""
    places = [place for reason in review.verdicts.reasons for place in reason.comments]
    if not places:
        return {}
    keys = [(place.lead_id, place.stage, from_second(place.at)) for place in places]
    columns = (outcome.c.lead_id, outcome.c.stage, outcome.c.occurred_at)
    query = select(*columns, outcome.c.comment).where(tuple_(*columns).in_(keys))
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    found = {(row[0], row[1], row[2]): row[3] for row in rows if row[3]}
    return {place: found[key] for place, key in zip(places, keys, strict=True) if key in found}
