"""The worklist: open leads by probability, why, since when they wait, and the answer."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

import numpy as np
from fastapi import Query
from starlette.responses import Response

from features.core.clock import to_second
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.phases import phase_of
from features.definition.terms import Phase, VerdictReasons
from features.store import Store
from serving.ledger.access.users import Role, User
from serving.ledger.decisions import Decision, read_decisions
from serving.ledger.leads.worklist import (
    LeadPerson,
    LeadState,
    PagePosition,
    WorklistFilter,
    count_listed,
    read_facts_of,
    read_page,
)
from serving.reasons.phrases.statements import said_on_a_day, statements_of
from serving.reasons.reason import LeadReason
from serving.web.access import EVERYBODY, PageRouter, may_open, sees_all_teams
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, REACHED, state_words

router = PageRouter()

REASONS_SHOWN = 2
LONGEST_SEARCH = 100

DATA_IS_PAST = timedelta(days=3)
"""When the newest decision is older, nobody scores daily: the tables are an export of the past or a
simulation, and waiting is counted to their end."""
TABS = ("SQL", "MQL", "accepted", "opportunity")


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One cut of the list, with how many leads are in it; not counted while somebody searches."""

    label: Text
    path: str
    count: int | None
    here: bool


@dataclass(frozen=True, kw_only=True)
class WorklistRow:
    """One lead on the list.

    Attributes
    ----------
    moved : float or None
        Change of the probability since the decision before, in percentage points.
    reasons : tuple of LeadReason
        The weightiest ones in its favour.
    waiting_hours : float or None
        Since it was handed over, while sales owe an answer.
    """

    lead_state: LeadState
    person: LeadPerson
    reached: Text
    phase: Text | None
    leads: Text | None
    moved: float | None
    reasons: tuple[LeadReason, ...]
    waiting_hours: float | None
    overdue: bool


EXPORTS = (
    ("worklist_csv", "export_csv", "/worklist.csv"),
    ("worklist_xlsx", "export_xlsx", "/worklist.xlsx"),
)
"""Route, label and path of each file the list is saved as."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file the list is saved as; ``label`` names its words."""

    label: str
    path: str


@dataclass(frozen=True, kw_only=True)
class WorklistPage:
    """The list as one person sees it.

    Attributes
    ----------
    here : str
        Path to come back to after an answer.
    answers : VerdictReasons or None
        Reasons to choose from; None for those who only read.
    unsearched_path : str
        Path of the view without the search.
    response_hours : float or None
        Agreed time to answer a hand-over.
    why_empty : str or None
        Name of the words that say why there are no rows and what to do.
    """

    tabs: tuple[Tab, ...]
    rows: tuple[WorklistRow, ...]
    search: str
    view: str
    here: str
    unsearched_path: str
    next_path: str | None
    first_path: str | None
    exports: tuple[Export, ...]
    answers: VerdictReasons | None
    response_hours: float | None
    why_empty: str | None


@router.page("/worklist", name="worklist", roles=EVERYBODY)
def worklist(
    page_request: Opened,
    *,
    view: Annotated[str, Query(max_length=20)] = "all",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show one page of the list."""
    services, user = page_request.services, page_request.user
    definition = services.definition()
    wanted = wanted_by(user, view, q.strip())
    limit = services.settings.rows_per_page
    found = read_page(services.store, wanted, after=_place(after), limit=limit + 1)
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else None
    page = WorklistPage(
        tabs=_tabs(services, user, view, q),
        rows=tuple(_rows(services, definition, shown)),
        search=q,
        view=view,
        here=_path(view, q, after),
        unsearched_path=_path(view, ""),
        next_path=None if last is None else _path(view, q, _after(last)),
        first_path=_path(view, q) if after else None,
        exports=tuple(
            Export(label=label, path=_path(view, q, to=path))
            for route, label, path in EXPORTS
            if may_open(route, user.role)
        ),
        answers=_answers(definition, user),
        response_hours=None if definition.sales is None else definition.sales.response_time_hours,
        why_empty=None if found else _why_empty(view, q, after),
    )
    return page_request.page("worklist.html", page)


def wanted_by(user: User, view: str, search: str) -> WorklistFilter:
    """Choose which leads a view of the worklist shows to a person.

    Parameters
    ----------
    user : User
        Sees only leads of the own team, unless the role sees all teams.
    view : str
        One of ``TABS``, ``waiting`` or ``all``.
    search : str
        What the person searches for; empty for no search.
    """
    return WorklistFilter(
        team=None if sees_all_teams(user.role) else user.team,
        reached=view if view in TABS else None,
        waiting=view == "waiting",
        search=search,
        # Who looks for somebody among all wants to find them wherever they stand.
        listed_only=not (search and view == "all"),
    )


def first_view(store: Store, user: User) -> str:
    """Path that somebody starts from: sales at what they owe an answer, everybody else at all."""
    waiting = wanted_by(user, "waiting", "")
    is_due = user.role is Role.SALES and bool(read_page(store, waiting, limit=1))
    return _path("waiting" if is_due else "all", "")


def _why_empty(view: str, search: str, after: str) -> str:
    if search:
        return "nothing_found"
    if view == "waiting":
        return "nothing_waiting"
    return "nothing_scored" if view == "all" and not after else "nothing_listed"


def _answers(definition: LeadDefinition, user: User) -> VerdictReasons | None:
    return definition.verdict_reasons if may_open("send_verdict", user.role) else None


def _tabs(services: PageServices, user: User, view: str, search: str) -> tuple[Tab, ...]:
    labels = {"all": PAGE_WORDS["all"], "waiting": PAGE_WORDS["waiting"]}
    labels |= {name: REACHED[name] for name in TABS}
    return tuple(
        Tab(
            label=label,
            path=_path(name, search),
            count=None if search else count_listed(services.store, wanted_by(user, name, "")),
            here=name == view,
        )
        for name, label in labels.items()
    )


def _rows(
    services: PageServices, definition: LeadDefinition, found: list[tuple[LeadState, LeadPerson]]
) -> list[WorklistRow]:
    decided = [state.decision_id for state, _ in found if state.decision_id is not None]
    reasons = _reasons(services, read_decisions(services.store, decided))
    return [
        _row(definition, lead_state, person, reasons=reasons.get(lead_state.decision_id or 0, ()))
        for lead_state, person in found
    ]


def _row(
    definition: LeadDefinition,
    lead_state: LeadState,
    person: LeadPerson,
    *,
    reasons: tuple[LeadReason, ...],
) -> WorklistRow:
    phase = phase_now(definition, lead_state)
    moved = None
    if lead_state.probability is not None and lead_state.probability_before is not None:
        moved = 100 * (lead_state.probability - lead_state.probability_before)
    waiting = None
    if lead_state.waiting_since is not None:
        waiting = max(
            (_now(lead_state.as_of) - lead_state.waiting_since).total_seconds() / 3600, 0.0
        )
    agreed = definition.sales
    return WorklistRow(
        lead_state=lead_state,
        person=person,
        reached=state_words(lead_state.reached, lead_state.ended),
        phase=None if phase is None else phase.label,
        leads=None if phase is None else PAGE_WORDS[phase.leads],
        moved=moved,
        reasons=reasons,
        waiting_hours=waiting,
        overdue=waiting is not None and agreed is not None and waiting > agreed.response_time_hours,
    )


def phase_now(definition: LeadDefinition, lead_state: LeadState) -> Phase | None:
    """The phase a lead is in; None once it has ended, or where nothing says how far it has come."""
    if lead_state.ended is not None or lead_state.reached is None:
        return None
    return phase_of(definition, lead_state.reached)


def _now(as_of: datetime | None) -> datetime:
    """The clock, or the instant of the decision where that lies long ago."""
    now = datetime.now(UTC)
    return now if as_of is None or now - as_of < DATA_IS_PAST else as_of


def _reasons(
    services: PageServices, decisions: dict[int, Decision]
) -> dict[int, tuple[LeadReason, ...]]:
    """Why the leads of a page stand high: one pass of the model's tables for all of a release."""
    by_release: dict[str, list[Decision]] = {}
    for decision in decisions.values():
        if decision.release_id is not None and decision.row is not None:
            by_release.setdefault(decision.release_id, []).append(decision)
    definition = services.definition()
    facts = read_facts_of(
        services.store, {d.lead_id for d in decisions.values()}, said_on_a_day(definition)
    )
    found: dict[int, tuple[LeadReason, ...]] = {}
    for release_id, scored in by_release.items():
        maker = services.card_maker(release_id)
        if maker is None:
            continue
        explainer = maker.explainer
        rows = [d.row for d in scored if d.row is not None]
        if any(len(row) != len(explainer.catalogue) for row in rows):
            continue  # written with a catalogue that the definition no longer gives
        points = explainer.explain(np.vstack(rows)).points.reasons
        for decision, row, its_points in zip(scored, rows, points, strict=True):
            as_of = to_second(decision.as_of)
            said = statements_of(facts, definition, before=as_of).get(decision.lead_id)
            feature_row = explainer.feature_row(row, as_of, said=said)
            reasons = explainer.reasons(its_points, feature_row)
            in_favour = [reason for reason in reasons if reason.points > 0]
            found[decision.decision_id] = tuple(in_favour[:REASONS_SHOWN])
    return found


def _path(view: str, search: str, after: str = "", *, to: str = "/worklist") -> str:
    query = {"view": view, "q": search, "after": after}
    given = {name: value for name, value in query.items() if value and value != "all"}
    return to + (f"?{urlencode(given)}" if given else "")


def _after(last: LeadState) -> str:
    return f"{last.priority!r} {last.lead_id}"


def _place(after: str) -> PagePosition | None:
    """Where a page ends, as :func:`_after` writes it."""
    if not after:
        return None
    priority, _, lead_id = after.partition(" ")
    try:
        place = PagePosition(priority=float(priority), lead_id=lead_id)
    except ValueError:
        raise BadFields(("after",)) from None
    if not math.isfinite(place.priority) or not priority.isascii() or not lead_id:
        raise BadFields(("after",))
    return place
