"""A month's review as a document, in the order of the meeting, and the files people take away."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, tuple_

from features.core.clock import from_second
from features.core.formats import calendar_date, day_of
from features.core.text import Language, Text
from features.definition import LeadDefinition
from features.store import Store
from features.store.schema import outcome
from serving.ledger.minutes import read_minutes
from serving.review.kpi_sections import handed_over_section, kpi_section, trend_section
from serving.review.labels import Labels
from serving.review.lead_sections import Sees, converted_section, nurture_section, verdicts_section
from serving.review.meeting.followed import decisions_section, follow_decisions, last_time_section
from serving.review.model_sections import against_section, reliability_section
from serving.review.records import CommentPlace, Review
from serving.review.trial_section import trial_section
from training.reports.document.blocks import Document
from training.reports.document.formats import FORMATS, Writer, in_markdown

LONGEST_TABLE = 20
"""Rows of a table that minutes repeat; longer ones are in the workbook."""


def minutes(document: Document, languages: Sequence[Language]) -> bytes:
    """The review as Markdown to paste, what was decided with it."""
    return in_markdown(document, languages, longest_table=LONGEST_TABLE)


REVIEW_FORMATS: dict[str, Writer] = FORMATS | {"md": minutes}
"""Writers by the ending of their files."""


def everybody(team: str | None) -> bool:  # noqa: ARG001 (the widest view)
    """Who sees the leads of all teams."""
    return True


def review_document(
    store: Store, definition: LeadDefinition, review: Review, *, sees: Sees = everybody
) -> Document:
    """Put a review into words, with the comments as they are stored now.

    Parameters
    ----------
    store : Store
        Holds the comments.
    definition : LeadDefinition
    review : Review
    sees : callable
        Whether the reader sees single leads of a team; figures are everybody's.
    """
    labels, month = Labels(definition), review.month.label
    comments = _read_comments(store, review)
    followed = follow_decisions(store, definition, review)
    decided = read_minutes(store, review.month.name)
    return Document(
        title=Text(ja=f"{month.ja}のレビュー", en=f"Review of {month.en}"),
        about=_about(review, definition),
        zone=definition.zone,
        sections=(
            *((last_time_section(followed),) if followed else ()),
            kpi_section(review, definition),
            trend_section(review, labels),
            handed_over_section(review, labels),
            converted_section(review, labels),
            verdicts_section(review, labels, comments=comments, sees=sees),
            nurture_section(review, labels),
            against_section(review, labels, sees),
            *trial_section(review, definition.zone),
            reliability_section(review),
            decisions_section(decided, definition),
        ),
    )


def _read_comments(store: Store, review: Review) -> Mapping[CommentPlace, str]:
    """The comments a review points at, as they stand in the tables now."""
    places = [place for reason in review.verdicts.reasons for place in reason.comments]
    if not places:
        return {}
    keys = [(place.lead_id, place.stage, from_second(place.at)) for place in places]
    named = (outcome.c.lead_id, outcome.c.stage, outcome.c.occurred_at)
    query = select(*named, outcome.c.comment).where(tuple_(*named).in_(keys))
    with store.engine.connect() as connection:
        rows = connection.execute(query).all()
    found = {(lead, stage, at): comment for lead, stage, at, comment in rows if comment}
    return {place: found[key] for place, key in zip(places, keys, strict=True) if key in found}


def _about(review: Review, definition: LeadDefinition) -> Text:
    until = calendar_date(day_of(review.known_before - 1, definition.zone))
    title, release = definition.title, review.release_id
    return Text(
        ja=f"{title.ja}。{until.ja}までの記録による。モデル: {release or 'なし'}。",
        en=f"{title.en}. From records up to {until.en}. Release: {release or 'none'}.",
    )
