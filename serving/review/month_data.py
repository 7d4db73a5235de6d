"""What a review is made from: tables read once, and every hand-over as it stood and stands."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from features.catalogue import Catalogue, build_catalogue
from features.core.arrays import BoolArray, IntArray
from features.core.clock import DAY
from features.core.errors import LeadDataError
from features.data_clock import clock_of
from features.definition import LeadDefinition
from features.families.category_levels import fit_levels
from features.history import History
from features.moments import Moments
from features.snapshot import Snapshot, take_snapshot
from features.store import Store
from features.store.arrivals import known_until
from features.store.lead_tables import FACT, LeadTables
from serving.reasons.explainer import Explainer
from serving.review.figures.journeys import NEVER, Journeys, follow
from serving.review.figures.maturing import Pace
from serving.review.month import Month, month_of
from training.model.release import Release


@dataclass(frozen=True, kw_only=True)
class MonthData:
    """Tables, release and the reviewed month.

    Attributes
    ----------
    tables : LeadTables
        Without facts and what leads did, which are indexed in ``history``: of millions of events
        few are of sales.
    known_before : int
        Second before which everything in the tables is known.
    release, explainer : optional
        The release in use, ready to explain; None while there is none that fits the definition.
    """

    month: Month
    definition: LeadDefinition
    tables: LeadTables
    history: History
    known_before: int
    release: Release | None
    explainer: Explainer | None

    @cached_property
    def behind(self) -> dict[str, tuple[str, ...]]:
        """The leads behind every figure counted so far, by the figure's name."""
        return {}

    def count(self, name: str, lead: IntArray) -> int:
        """Count leads or hand-overs, and keep the leads behind the figure.

        Parameters
        ----------
        name : str
            Of the figure, as the cell that shows it names it.
        lead : ndarray of shape (n,)
            Positions in ``History.lead_ids``; a lead handed over twice counts twice.
        """
        self.behind[name] = tuple(self.history.lead_ids[np.unique(lead)])
        return len(lead)

    @cached_property
    def start(self) -> int:
        """First second of the month."""
        return self.month.start(self.definition.zone)

    @cached_property
    def end(self) -> int:
        """The second after the month; the end of the tables where that comes first."""
        return min(self.month.end(self.definition.zone), self.known_before)

    @property
    def horizon_days(self) -> int:
        """Days within which the outcome counts."""
        return self.definition.outcome.horizon_days or 0

    @cached_property
    def by_now(self) -> Journeys:
        """Every hand-over as it has matured."""
        return follow(self.tables, self.history, known_before=self.known_before)

    @cached_property
    def at_month_end(self) -> Journeys:
        """Every hand-over as it stood when the month ended."""
        return follow(self.tables, self.history, known_before=self.end)

    def converted_at(self, journeys: Journeys) -> IntArray:
        """When the outcome that counts occurred, within the horizon; ``NEVER`` where it did not."""
        stages = {
            "accepted": np.where(journeys.accepted, journeys.verdict_at, NEVER),
            "opportunity": journeys.opportunity_at,
            "won": journeys.won_at,
        }
        return self.within_horizon(journeys, stages[self.definition.outcome.stage])

    def within_horizon(self, journeys: Journeys, reached_at: IntArray) -> IntArray:
        """Times that lie within the horizon of the hand-over; ``NEVER`` for the others."""
        in_time = reached_at - journeys.at < self.horizon_days * DAY
        return np.where(in_time, reached_at, NEVER)

    def matured(self, journeys: Journeys) -> BoolArray:
        """Whether horizon and delay of each hand-over have passed by now."""
        delay = self.definition.outcome.outcome_delay_days
        return journeys.at + (self.horizon_days + delay) * DAY <= self.known_before

    def month_matured(self, month: Month) -> bool:
        """Whether every hand-over of a month has matured."""
        delay = self.definition.outcome.outcome_delay_days
        end = month.end(self.definition.zone)
        return end + (self.horizon_days + delay) * DAY <= self.known_before

    def pace(self, reached_at: IntArray) -> Pace:
        """How long matured hand-overs took to reach a stage."""
        rows = self.matured(self.by_now)
        return Pace.of(self.by_now.at[rows], reached_at[rows], self.horizon_days)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The release's columns; those the definition gives from today's data without one."""
        if self.explainer is not None:
            return self.explainer.catalogue
        levels = fit_levels(self.history, self.definition, self.known_before)
        return build_catalogue(self.definition, levels)

    @cached_property
    def handed_over_snapshot(self) -> tuple[Journeys, Snapshot]:
        """Hand-overs of the last year, and each lead as it was known when it was handed over."""
        first = self.month.year_until()[0].start(self.definition.zone)
        journeys = self.by_now.handed_over_in(first, self.end)
        moments = Moments.of(journeys.lead, journeys.at)
        return journeys, take_snapshot(self.history, self.catalogue, moments)

    @cached_property
    def team_of_lead(self) -> npt.NDArray[np.object_]:
        """The newest team of each lead, or None; shape (n_leads,)."""
        team = np.full(self.history.n_leads, None, dtype=object)
        name = self.definition.roles.team
        if name is None:
            return team
        facts = self.history.facts
        group = facts.group(name)
        starts = facts.index.starts(group)
        has_any = np.flatnonzero(np.diff(starts) > 0)
        codes = facts.codes[group][starts[has_any + 1] - 1]
        team[has_any] = [facts.texts[code] if code >= 0 else None for code in codes.tolist()]
        return team


def load_month_data(
    store: Store, definition: LeadDefinition, month: Month, *, release: Release | None
) -> MonthData:
    """Read the tables and prepare what a month's review needs.

    Parameters
    ----------
    store : Store
    definition : LeadDefinition
    month : Month
    release : Release or None
        The release in use; None while there is none.

    Raises
    ------
    LeadDataError
        If the data set has no dates, or the month lies outside the tables.
    """
    if not definition.dated:
        msg = (
            "a monthly review needs dates; got a data set without any. "
            "Set snapshots.at to something other than undated, and import dates."
        )
        raise LeadDataError(msg)
    tables = store.read_narrow_tables()
    known_before = clock_of(tables, definition, known_until=known_until(store)).reach
    _check_month(month, tables, known_before, definition)
    history = History.from_tables(tables, definition)
    by_sales = tables.event.filter(pc.field("actor") == "sales")
    tables = replace(tables, event=by_sales, fact=FACT.empty_table())
    return MonthData(
        month=month,
        definition=definition,
        tables=tables,
        history=history,
        known_before=known_before,
        release=release,
        explainer=_explainer(release, definition),
    )


def _check_month(
    month: Month, tables: LeadTables, known_before: int, definition: LeadDefinition
) -> None:
    zone = definition.zone
    first = month_of(int(tables.lead.column("created_at").to_numpy().min()), zone)
    last = month_of(known_before - 1, zone)
    if not first <= month <= last:
        msg = (
            f"a review needs a month that the tables reach, {first.name} to {last.name}; "
            f"got {month.name}. Name one of them, or import what is missing."
        )
        raise LeadDataError(msg)


def _explainer(release: Release | None, definition: LeadDefinition) -> Explainer | None:
    if release is None:
        return None
    try:
        return Explainer.of(release.fit, definition)
    except LeadDataError:
        # The definition's model part has changed since: its concepts wait for the next retrain.
        return None
