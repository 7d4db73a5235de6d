"""Months that can be reviewed, and their reviews: read as they are kept, made where they are not.

A review is made ahead of its first visit by a thread beside the pages. What moves afterwards makes
it out of date, which the page says; only once a day is it made again unasked.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, func, select, type_coerce

from features.core.clock import DAY, from_second
from features.core.errors import LeadDataError
from features.core.memory import give_back
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import read_champion
from features.store.schema import hand_over, lead, outcome
from serving.review.make_review import KeptReview, make_review, read_review
from serving.review.month import Month, month_of
from serving.web.services import PageServices

LOOK_SECONDS = 600.0
"""How often it is looked whether a review is to be made."""

MADE_AGAIN_AFTER = timedelta(days=1)

LOG = logging.getLogger("awase.review")

_MAKING = threading.Lock()
"""One review is made at a time: each holds all lead tables in memory."""


def kept_review(services: PageServices, definition: LeadDefinition, month: Month) -> KeptReview:
    """A month's review; made now where it is not kept, which may take some seconds.

    Parameters
    ----------
    services : PageServices
    definition : LeadDefinition
        The version in force.
    month : Month
    """
    return read_review(services.store, definition, month) or make_kept(services, definition, month)


def make_kept(services: PageServices, definition: LeadDefinition, month: Month) -> KeptReview:
    """Make a month's review from what is known now.

    Parameters
    ----------
    services : PageServices
    definition : LeadDefinition
        The version in force.
    month : Month
    """
    with _MAKING:
        kept = read_review(services.store, definition, month)
        if kept is not None and kept.is_current:
            return kept  # somebody else made it while we waited
        champion = read_champion(services.store)
        maker = None if champion is None else services.card_maker(champion.release_id)
        release = None if maker is None else maker.release
        make_review(services.store, definition, month, release=release)
        give_back()
    made = read_review(services.store, definition, month)
    if made is None:
        msg = f"the review of {month.name} must be kept; it is gone. Load the page again."
        raise LeadDataError(msg)
    return made


class MadeAhead:
    """Makes the newest month's review and what else takes long, before anybody asks for it."""

    def __init__(self, services: PageServices) -> None:
        self._services = services
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reviews", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a review under way is finished first."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        self._try(self._services.prepare)
        while not self._stop.is_set():
            self._try(lambda: make_ahead(self._services))
            self._stop.wait(LOOK_SECONDS)

    def _try(self, make: Callable[[], object]) -> None:
        try:
            make()
        except Exception as error:  # noqa: BLE001 - outlives a database that is away
            # The text of a foreign error may hold data, so only its kind.
            LOG.info("nothing was made ahead: %s", type(error).__name__)


def make_ahead(services: PageServices) -> bool:
    """Make the newest month's review if it is missing, or out of date for a day; say whether."""
    definition = services.definition()
    span = reviewable(services.store, definition)
    if span is None or not definition.dated:
        return False
    kept = read_review(services.store, definition, span[1])
    if kept is not None:
        is_old = datetime.now(UTC) - kept.made_at > MADE_AGAIN_AFTER
        if kept.is_current or not is_old:
            return False
    make_kept(services, definition, span[1])
    return True


def reviewable(store: Store, definition: LeadDefinition) -> tuple[Month, Month, Month] | None:
    """The first month of the tables, the one to open, and the last; None without leads.

    To open is the last complete month in which leads were created: one answer given months after
    the data end, as in a simulated company, makes no month worth a meeting.
    """
    instants = (
        func.min(lead.c.created_at),
        func.max(lead.c.created_at),
        func.max(hand_over.c.handed_over_at),
        func.max(outcome.c.known_at),
    )
    # Each by a query of its own: beside another SQLite reads all for what the end of an index says.
    ends = [select(type_coerce(instant, BigInteger)).scalar_subquery() for instant in instants]
    with store.engine.connect() as connection:
        found = connection.execute(select(*ends)).one()
    if found[0] is None:
        return None
    newest = max(instant for instant in found[1:] if instant is not None)
    zone = definition.zone
    first, last = month_of(found[0], zone), month_of(newest, zone)
    is_complete = newest >= last.end(zone) - DAY
    complete = last if is_complete else max(last.earlier(1), first)
    return first, _with_leads(store, complete, zone) or first, last


def _with_leads(store: Store, month: Month, zone: ZoneInfo) -> Month | None:
    """The last month up to one in which leads were created; None where there is none."""
    created = func.max(lead.c.created_at)
    before = lead.c.created_at < from_second(month.end(zone))
    with store.engine.connect() as connection:
        newest = connection.execute(
            select(type_coerce(created, BigInteger)).where(before)
        ).scalar_one()
    return None if newest is None else month_of(newest, zone)
