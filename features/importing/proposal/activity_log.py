"""Logs of what leads did: which column says what, and which says when."""

from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.tables import Link, LookedAt
from features.importing.proposal.words import LIFECYCLE_DONE, STATUS, TYPE, UPDATED


def is_activity(file: LookedAt, link: Link) -> bool:
    """Whether rows of a table are things that happened to leads."""
    return bool(
        file.times
        and activity_type(file) is not None
        and link.column.n_filled > 1.05 * len(link.column.values)
    )


def activity_type(file: LookedAt) -> ColumnProfile | None:
    """The column that says what happened."""
    ranked = [
        (TYPE.search(c.plain) is not None, not STATUS.search(c.plain), len(c.values), c)
        for c in file.columns
        if c.kind == "category" and 1 < len(c.values) <= 200 and c is not lifecycle(file)
    ]
    named = [item for item in ranked if item[0]]
    return max(named, key=lambda item: item[:3])[3] if named else None


def lifecycle(file: LookedAt) -> ColumnProfile | None:
    """A column that tells begun work from completed."""
    return next(
        (
            c
            for c in file.columns
            if c.kind == "category"
            and set(c.values[:5]) & set(LIFECYCLE_DONE)
            and len(c.values) <= 8
        ),
        None,
    )


def event_times(file: LookedAt) -> list[ColumnProfile]:
    """Columns of times of an activity log, the likeliest moment of the event first."""
    return sorted(file.times, key=lambda c: (UPDATED.search(c.plain) is not None, -c.n_filled))
