"""The lead card, and the answer sales give on it or in the list."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from features.core.clock import from_second, to_second
from features.core.text import Text
from features.data_clock import clock_of
from features.definition import LeadDefinition
from features.definition.terms import Phase, VerdictReasons
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from serving.ledger.access.audit import write_audit
from serving.ledger.access.users import Role
from serving.ledger.decisions import Decision, read_lead_decisions
from serving.ledger.leads.worklist import LeadPerson, LeadState, read_standing
from serving.ledger.verdicts import Verdict, record_verdict
from serving.reasons.card import LeadCard, is_dated
from serving.reasons.phrases.fixed import CONVERTED, NOT_CONVERTED
from serving.reasons.phrases.likelihood import frequency
from serving.reasons.similar.similar import NearLead
from serving.reasons.why_moved import Viewpoint
from serving.web.access import EVERYBODY, PageRouter, may_open, sees_team
from serving.web.charts.plane_chart import PlaneChart, draw_plane
from serving.web.charts.reason_bars import ReasonBars, draw_reasons
from serving.web.charts.timeline_chart import TimelineChart, draw_timeline
from serving.web.pages.leads.lead_history import HistoryEntry, list_history
from serving.web.pages.leads.lead_known import KnownFact, split_known
from serving.web.pages.leads.lead_rows import phase_now
from serving.web.request.flash import tell_next
from serving.web.request.page_request import Opened, PageRequest, SentForm, own_path, sender_of
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, REACHED, VERDICTS, state_words

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class SimilarLead:
    """A past lead with nearly the same reasons: when, what was said of it, what became of it.

    ``at`` is None in a data set without dates.
    """

    at: datetime | None
    probability: float
    became: Text


@dataclass(frozen=True, kw_only=True)
class LeadPage:
    """Everything worth knowing about one lead.

    Attributes
    ----------
    card : LeadCard or None
        Probability and reasons; None where only the rulebook decided, the release is gone, or no
        judgement is stored.
    why_no_reasons : str
        Name of the words that say why there is no card.
    verdict : Text or None
        What sales answered in this cycle.
    frequency : Text or None
        The probability as so many leads of ten.
    answers : VerdictReasons or None
        Reasons to choose from; None for those who only read.
    back : str
        Path of the list as it was left: search, view and page.
    """

    lead_state: LeadState
    person: LeadPerson
    reached: Text
    verdict: Text | None
    phase: Text | None
    leads: Text | None
    todo: Text | None
    by_rulebook: Text | None
    within: Text | None
    card: LeadCard | None
    why_no_reasons: str
    frequency: Text | None
    bars: ReasonBars | None
    plane: PlaneChart | None
    similar: tuple[SimilarLead, ...]
    timeline: TimelineChart
    known: tuple[KnownFact, ...]
    unknown: tuple[KnownFact, ...]
    history: tuple[HistoryEntry, ...]
    answers: VerdictReasons | None
    here: str
    back: str


@router.page("/leads/{lead_id}", name="lead_card", roles=EVERYBODY)
def lead_card(page_request: Opened, lead_id: str) -> Response:
    """Show the card of a lead the visitor works with; who opened it is recorded."""
    lead_state, person = _find(page_request, lead_id)
    services = page_request.services
    opened = partial(write_audit, by=page_request.user.login, action="lead_opened", subject=lead_id)
    services.writer.write(opened)
    definition = services.definition()
    tables = services.store.read_lead(lead_id)
    decisions = read_lead_decisions(services.store, lead_id)
    card = _card(services, lead_id, decisions)
    until = _seen_until(lead_state, tables, page_request.services)
    known, unknown = split_known(tables, definition, before=until)
    phase = phase_now(definition, lead_state)
    by_rulebook = lead_state.rulebook_qualification
    page = LeadPage(
        lead_state=lead_state,
        person=person,
        reached=state_words(lead_state.reached, lead_state.ended),
        verdict=None if lead_state.verdict is None else VERDICTS[lead_state.verdict],
        phase=None if phase is None else phase.label,
        leads=None if phase is None else PAGE_WORDS[phase.leads],
        todo=_todo(lead_state, phase),
        by_rulebook=None if by_rulebook is None else REACHED[by_rulebook],
        within=_within(definition.outcome.horizon_days),
        card=card,
        why_no_reasons=_why_no_reasons(decisions),
        frequency=None if card is None else frequency(card.probability, definition.outcome.stage),
        bars=None if card is None else draw_reasons(card),
        plane=None if card is None else draw_plane(card.position),
        similar=() if card is None else tuple(map(_similar, card.nearest)),
        timeline=draw_timeline(tables, definition, until=until),
        known=known,
        unknown=unknown,
        history=list_history(tables, definition),
        answers=_answers(page_request, definition),
        here=f"/leads/{lead_id}",
        back=_list_left(page_request),
    )
    return page_request.page("lead.html", page)


# Sales answer hand-overs; marketing read the answers, they do not give them.
@router.page(
    "/leads/{lead_id}/verdict",
    name="send_verdict",
    roles={Role.SALES, Role.ADMIN},
    method="POST",
)
def send_verdict(page_request: Opened, form: SentForm, lead_id: str) -> Response:
    """Keep what sales answered, and go back to where they were."""
    _find(page_request, lead_id)
    verdict = Verdict(
        lead_id=lead_id,
        answer=read_answer(form.get("answer", "")),
        reason=form.get("reason", ""),
        comment=form.get("comment", "").strip(),
        easy_to_act_on={"yes": True, "no": False}.get(form.get("easy_to_act_on", "")),
        by=page_request.user.login,
    )
    record_verdict(page_request.services.store, verdict, page_request.services.definition())
    response = RedirectResponse(own_path(form.get("next", "/")), status_code=303)
    secure = page_request.services.settings.secure_cookies
    tell_next(response, answer=verdict.answer, lead_id=lead_id, secure=secure)
    return response


def _todo(lead_state: LeadState, phase: Phase | None) -> Text | None:
    """What the phase asks of whoever leads it; to take a lead that sales were never given."""
    if phase is None:
        return None
    if phase.leads == "sales" and lead_state.handed_over_at is None:
        return PAGE_WORDS["take_it"]
    return getattr(phase, phase.leads)


def _seen_until(lead_state: LeadState, tables: LeadTables, services: PageServices) -> int:
    """The second of the newest decision; without one, how far the data reach."""
    if lead_state.as_of is not None:
        return to_second(lead_state.as_of)
    until = known_until(services.store)
    return clock_of(tables, services.definition(), known_until=until).reach


def _why_no_reasons(decisions: list[Decision]) -> str:
    if not decisions:
        return "no_judgement"
    return "no_model" if decisions[0].release_id is None else "release_gone"


def read_answer(text: str) -> Literal["accepted", "returned"]:
    """One of the two answers.

    Raises
    ------
    HTTPException
        400 for anything else.
    """
    if text == "accepted":
        return "accepted"
    if text == "returned":
        return "returned"
    raise HTTPException(400)


def _similar(lead: NearLead) -> SimilarLead:
    return SimilarLead(
        at=from_second(lead.as_of) if is_dated(lead.as_of) else None,
        probability=lead.probability,
        became=CONVERTED if lead.converted else NOT_CONVERTED,
    )


def _within(days: int | None) -> Text | None:
    return None if days is None else Text(ja=f"判定日から{days}日以内", en=f"within {days} days")


def _list_left(page_request: PageRequest) -> str:
    sender = sender_of(page_request.request)
    return sender if sender.partition("?")[0] == "/worklist" else "/worklist"


def _find(page_request: PageRequest, lead_id: str) -> tuple[LeadState, LeadPerson]:
    found = read_standing(page_request.services.store, lead_id)
    # To somebody of another team a lead does not exist: 403 would say that it does.
    if found is None or not sees_team(page_request.user, found[0].team):
        raise HTTPException(404)
    return found


def _answers(page_request: PageRequest, definition: LeadDefinition) -> VerdictReasons | None:
    return definition.verdict_reasons if may_open("send_verdict", page_request.user.role) else None


def _card(services: PageServices, lead_id: str, decisions: list[Decision]) -> LeadCard | None:
    newest = decisions[0] if decisions else None
    if newest is None or newest.release_id is None:
        return None
    maker = services.card_maker(newest.release_id)
    if maker is None:
        return None
    earlier = _viewpoint(services, decisions[1]) if len(decisions) > 1 else None
    account = services.definition().judged_account
    tables = services.store.read_with_colleagues(lead_id, account)
    return maker.card(tables, as_of=to_second(newest.as_of), lead_id=lead_id, before=earlier)


def _viewpoint(services: PageServices, decision: Decision) -> Viewpoint | None:
    maker = None if decision.release_id is None else services.card_maker(decision.release_id)
    if maker is None:
        return None
    row = decision.row
    fits = row is not None and len(row) == len(maker.explainer.catalogue)
    return Viewpoint(
        as_of=to_second(decision.as_of), explainer=maker.explainer, row=row if fits else None
    )
