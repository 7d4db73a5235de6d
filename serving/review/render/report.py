"""A month's review ready to be written: title, how far it reaches, and its parts."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.core.formats import calendar_date, day_of
from features.core.text import Text
from features.definition import LeadDefinition
from features.store import Store
from serving.review.blocks import ReviewSection
from serving.review.lead_sections import Sees
from serving.review.records import Review
from serving.review.sections import everybody, read_comments, tell


@dataclass(frozen=True, kw_only=True)
class ReviewReport:
    """What every file of a review starts from.

    Attributes
    ----------
    title : Text
    about : Text
        Up to when it is known, and by which release.
    zone : ZoneInfo
        Time zone of the days in the words.
    """

    title: Text
    about: Text
    zone: ZoneInfo
    parts: tuple[ReviewSection, ...]


def report_of(
    store: Store, definition: LeadDefinition, review: Review, *, sees: Sees = everybody
) -> ReviewReport:
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
    month = review.month.label
    comments = read_comments(store, review)
    return ReviewReport(
        title=Text(ja=f"{month.ja}のレビュー", en=f"Review of {month.en}"),
        about=_about(review, definition),
        zone=definition.zone,
        parts=tell(review, definition, comments=comments, sees=sees),
    )


def _about(review: Review, definition: LeadDefinition) -> Text:
    until = calendar_date(day_of(review.known_before - 1, definition.zone))
    title, release = definition.title, review.release_id
    return Text(
        ja=f"{title.ja}。{until.ja}までの記録による。モデル: {release or 'なし'}。",
        en=f"{title.en}. From records up to {until.en}. Release: {release or 'none'}.",
    )
