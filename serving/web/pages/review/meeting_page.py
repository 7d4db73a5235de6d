"""The monthly meeting: six screens to look at together, each with room for what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from features.core.errors import LeadDataError
from features.core.text import Text
from features.definition import LeadDefinition
from serving.ledger.leads.worklist import read_standings
from serving.ledger.minutes import (
    LONGEST_DECISION,
    LONGEST_OWNER,
    MeetingDecision,
    read_minutes,
    withdraw_decision,
    write_decision,
)
from serving.review.figures.kpi_lines import kpi_label
from serving.review.meeting.followed import FollowedDecision, follow_decisions
from serving.review.meeting.screens import SCREENS, Screen, meeting_screens
from serving.review.month import Month, parse_month
from serving.review.records import Review
from serving.web.access import EVERYBODY, PageRouter, sees_team
from serving.web.charts.kpi_rows import KpiGroup, kpi_groups
from serving.web.headers import SCRIPT_POLICY
from serving.web.pages.review.kept_reviews import kept_review, reviewable
from serving.web.rendering import static_path
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened, PageRequest, SentForm
from training.reports.document.view import View

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class MeetingPage:
    """A month's meeting as one person sees it.

    Attributes
    ----------
    kpis : tuple of KpiGroup
        What the first screen draws: figures with a target.
    earlier, later : Month or None
        The months beside it that can be reviewed.
    is_current : bool
        False: tables, decisions, release or definition have moved since it was made.
    decided : mapping from str to tuple of MeetingDecision
        The minutes so far, by screen.
    followed : tuple of FollowedDecision
        What the meeting before decided, and what came of it.
    kpi_choices : tuple of (str, Text)
        KPIs that a decision may aim at.
    names : mapping from str to str or None
        Of the leads in the cells of disagreement: who they are.
    projected : bool
        Whether nothing stands around the screens.
    """

    title: Text
    view: View
    month: Month
    screens: tuple[Screen, ...]
    kpis: tuple[KpiGroup, ...]
    earlier: Month | None
    later: Month | None
    made_at: datetime
    is_current: bool
    decided: Mapping[str, tuple[MeetingDecision, ...]]
    followed: tuple[FollowedDecision, ...]
    kpi_choices: tuple[tuple[str, Text], ...]
    names: Mapping[str, str | None]
    projected: bool
    script: str


# Figures are everybody's; single leads in them are shown by team.
@router.page("/review", name="review", roles=EVERYBODY)
def newest_review(page_request: Opened) -> Response:
    """Lead to the last complete month that leads came in."""
    services = page_request.services
    span = reviewable(services.store, services.definition())
    if span is None:
        msg = "a review needs leads; got none. Import some with `awase import`."
        raise LeadDataError(msg)
    return RedirectResponse(f"/review/{span[1].name}", status_code=303)


@router.page("/review/{month}", name="review_month", roles=EVERYBODY)
def show_meeting(
    page_request: Opened, month: str, projected: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    """Show the screens of a month's meeting."""
    services = page_request.services
    definition = page_request.definition
    wanted = parse_month(month)
    kept = kept_review(services, definition, wanted)
    span = reviewable(services.store, definition)
    earlier, later = wanted.earlier(1), wanted.earlier(-1)
    label = wanted.label
    screens = _screens(page_request, kept.review, definition)
    named = read_standings(
        services.store, [lead for one in screens[-1].cells for lead in one.lead_ids]
    )
    page = MeetingPage(
        title=Text(ja=f"{label.ja}のレビュー", en=f"Review of {label.en}"),
        view=View(language=page_request.session.language, zone=definition.zone, linked=True),
        month=wanted,
        screens=screens,
        kpis=kpi_groups(kept.review, definition, only_agreed=True),
        earlier=earlier if span is not None and earlier >= span[0] else None,
        later=later if span is not None and later <= span[2] else None,
        made_at=kept.made_at,
        is_current=kept.is_current,
        decided=_by_screen(read_minutes(services.store, wanted.name)),
        followed=follow_decisions(services.store, definition, kept.review),
        kpi_choices=_choices(kept.review, definition),
        names={state.lead_id: person.name for state, person in named},
        projected=bool(projected),
        script=static_path("meeting.js"),
    )
    response = page_request.page("meeting.html", page)
    response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response


@router.page("/review/{month}", name="send_decided", roles=EVERYBODY, method="POST")
def send_decided(page_request: Opened, month: str, form: SentForm) -> Response:
    """Keep what was decided on a screen, or take a decision out again."""
    services = page_request.services
    wanted = parse_month(month)
    screen = form.get("screen", "")
    if screen not in SCREENS:
        raise BadFields(("screen",))
    if "withdraw" in form:
        number = _whole(form["withdraw"])
        withdraw_decision(services.store, number, month=wanted.name, by=page_request.user.login)
    else:
        write_decision(services.store, _decision(page_request, wanted, screen, form))
    query = "?projected=1" if form.get("projected") else ""
    return RedirectResponse(f"/review/{wanted.name}{query}#{screen}", status_code=303)


def _decision(
    page_request: PageRequest, month: Month, screen: str, form: Mapping[str, str]
) -> MeetingDecision:
    definition = page_request.definition
    kpi = form.get("kpi", "")
    review = kept_review(page_request.services, definition, month).review
    if kpi and kpi not in dict(_choices(review, definition)):
        raise BadFields(("kpi",))
    what, owner = (" ".join(form.get(name, "").split()) for name in ("what", "owner"))
    missing = [name for name, said in (("what", what), ("owner", owner)) if not said]
    if missing:
        raise BadFields(tuple(missing))
    try:
        due = date.fromisoformat(form["due"]) if form.get("due") else None
    except ValueError:
        raise BadFields(("due",)) from None
    return MeetingDecision(
        month=month.name,
        screen=screen,
        what=what[:LONGEST_DECISION],
        owner=owner[:LONGEST_OWNER],
        due=due,
        kpi=kpi or None,
        by=page_request.user.login,
    )


def _screens(
    page_request: PageRequest, review: Review, definition: LeadDefinition
) -> tuple[Screen, ...]:
    user = page_request.user
    return meeting_screens(review, definition, sees=lambda team: sees_team(user, team))


def _choices(review: Review, definition: LeadDefinition) -> tuple[tuple[str, Text], ...]:
    measured = (line for line in review.kpis if line.measured)
    return tuple((line.name, kpi_label(line.name, definition.kpis)) for line in measured)


def _by_screen(
    decided: tuple[MeetingDecision, ...],
) -> Mapping[str, tuple[MeetingDecision, ...]]:
    return {name: tuple(one for one in decided if one.screen == name) for name in SCREENS}


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadFields(("withdraw",))
    return int(text)
