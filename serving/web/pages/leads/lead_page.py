"""The lead card: who it is, how likely and why, what to say, and what happened so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.responses import Response

from features.core.clock import from_second, to_second
from features.core.text import Text
from features.data_clock import clock_of
from features.definition import LeadDefinition
from features.definition.terms import Phase, VerdictReasons
from features.store.arrivals import known_until
from features.store.lead_tables import LeadTables
from serving.ledger.access.audit import write_audit
from serving.ledger.decisions import Decision, read_lead_decisions
from serving.ledger.leads.notes import Note, read_notes
from serving.ledger.leads.search_leads import read_values_of
from serving.ledger.leads.worklist import LeadPerson, LeadState
from serving.reasons.card import LeadCard, is_dated
from serving.reasons.phrases.fixed import CONVERTED, NOT_CONVERTED
from serving.reasons.reason import LeadReason
from serving.reasons.similar.similar import NearLead
from serving.reasons.why_moved import Viewpoint
from serving.web.access import EVERYBODY, PageRouter, may_open
from serving.web.charts.plane_chart import PlaneChart, draw_plane
from serving.web.charts.reason_bars import SMALLEST_SHOWN, ReasonBars, draw_reasons
from serving.web.charts.timeline_chart import TimelineChart, draw_timeline
from serving.web.links import account_path, lead_path
from serving.web.pages.leads.colleagues import Colleague, account_of, list_colleagues
from serving.web.pages.leads.find_lead import find_lead
from serving.web.pages.leads.lead_history import HistoryEntry, list_history
from serving.web.pages.leads.lead_known import KnownFact, split_known
from serving.web.pages.leads.lead_rows import hours_left, phase_now, waiting_hours
from serving.web.request.page_request import Opened, PageRequest, sender_of
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, REACHED, VERDICTS, state_words

router = PageRouter()

FOR_SHOWN, AGAINST_SHOWN = 3, 2
"""Reasons told before all of them are unfolded."""


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
    title, size : Text or None
        Job title and size of the company as they were said.
    account : str or None
        Path of the account's page.
    hours_left : float or None
        Of the agreed time for an answer; below zero where it is over.
    in_favour, against : tuple of LeadReason
        The weightiest few of either sign.
    colleagues : tuple of Colleague
        Other leads of the account that the visitor works with.
    notes : tuple of Note
    owners : tuple of str or None
        Names to choose an owner from; None for those who may not, and where leads have no owner.
    reason_due : bool
        Whether an acceptance still lacks its reason.
    card : LeadCard or None
        Probability and reasons; None where only the rulebook decided, the release is gone, or no
        judgement is stored.
    why_no_reasons : str
        Name of the words that say why there is no card.
    verdict : Text or None
        What sales answered in this cycle.
    answers : VerdictReasons or None
        Reasons to choose from; None for those who only read.
    back : str
        Path of the list as it was left: search, view and page.
    """

    lead_state: LeadState
    person: LeadPerson
    title: Text | None
    size: Text | None
    account: str | None
    hours_left: float | None
    in_favour: tuple[LeadReason, ...]
    against: tuple[LeadReason, ...]
    colleagues: tuple[Colleague, ...]
    notes: tuple[Note, ...]
    owners: tuple[str, ...] | None
    reason_due: bool
    reached: Text
    verdict: Text | None
    phase: Text | None
    leads: Text | None
    todo: Text | None
    by_rulebook: Text | None
    within: Text | None
    card: LeadCard | None
    why_no_reasons: str
    bars: ReasonBars | None
    plane: PlaneChart | None
    similar: tuple[SimilarLead, ...]
    similar_words: Text | None
    timeline: TimelineChart
    known: tuple[KnownFact, ...]
    unknown: tuple[KnownFact, ...]
    history: tuple[HistoryEntry, ...]
    answers: VerdictReasons | None
    here: str
    back: str


@router.page("/leads/{lead_id:path}", name="lead_card", roles=EVERYBODY)
def lead_card(page_request: Opened, lead_id: str) -> Response:
    """Show the card of a lead the visitor works with; who opened it is recorded."""
    lead_state, person = find_lead(page_request, lead_id)
    services = page_request.services
    opened = partial(write_audit, by=page_request.user.login, action="lead_opened", subject=lead_id)
    services.writer.write(opened)
    definition = page_request.definition
    tables = services.store.read_lead(lead_id)
    decisions = read_lead_decisions(services.store, lead_id)
    card = _card(services, lead_id, decisions)
    until = _seen_until(lead_state, tables, page_request.services)
    known, unknown = split_known(tables, definition, before=until)
    phase = phase_now(definition, lead_state)
    left = hours_left(definition, waiting_hours(lead_state.waiting_since, lead_state.as_of))
    account = account_of(tables, definition)
    by_rulebook = lead_state.rulebook_qualification
    page = LeadPage(
        lead_state=lead_state,
        person=person,
        title=_said(known, "job_title"),
        size=_said(known, "company_size"),
        account=None if account is None else account_path(account),
        hours_left=left,
        in_favour=() if card is None else strongest(card.reasons, sign=1)[:FOR_SHOWN],
        against=() if card is None else strongest(card.reasons, sign=-1)[:AGAINST_SHOWN],
        colleagues=() if account is None else list_colleagues(page_request, lead_id, account),
        notes=read_notes(services.store, lead_id),
        owners=_owners(page_request, definition),
        reason_due=_reason_due(lead_state, tables),
        reached=state_words(lead_state.reached, lead_state.ended),
        verdict=None if lead_state.verdict is None else VERDICTS[lead_state.verdict],
        phase=None if phase is None else phase.label,
        leads=None if phase is None else PAGE_WORDS[phase.leads],
        todo=todo_of(lead_state, phase, left),
        by_rulebook=None if by_rulebook is None else REACHED[by_rulebook],
        within=_within(definition.outcome.horizon_days),
        card=card,
        why_no_reasons=_why_no_reasons(decisions),
        bars=None if card is None else draw_reasons(card),
        plane=None if card is None else draw_plane(card.position),
        similar=() if card is None else tuple(map(_similar, card.nearest)),
        similar_words=None if card is None else _similar_words(card),
        timeline=draw_timeline(tables, definition, until=until),
        known=known,
        unknown=unknown,
        history=list_history(tables, definition),
        answers=_answers(page_request, definition),
        here=lead_path(lead_id),
        back=_list_left(page_request),
    )
    return page_request.page("lead.html", page)


def strongest(reasons: Sequence[LeadReason], *, sign: int) -> tuple[LeadReason, ...]:
    """Pick the reasons of one sign that weigh enough to be told, the weightiest first.

    Parameters
    ----------
    reasons : sequence of LeadReason
        The weightiest first.
    sign : {1, -1}
        Those in favour, or those against.
    """
    return tuple(reason for reason in reasons if sign * reason.points >= SMALLEST_SHOWN)


def _said(known: tuple[KnownFact, ...], kind: str) -> Text | None:
    return next((fact.value for fact in known if fact.kind == kind), None)


def _owners(page_request: PageRequest, definition: LeadDefinition) -> tuple[str, ...] | None:
    may = may_open("send_owner", page_request.user.role)
    if not may or definition.roles.owner is None:
        return None
    return read_values_of(page_request.services.store, "owner")


def _reason_due(lead_state: LeadState, tables: LeadTables) -> bool:
    if lead_state.verdict != "accepted" or lead_state.verdict_at is None:
        return False
    at = to_second(lead_state.verdict_at)
    said = [row for row in tables.outcome.to_pylist() if row["occurred_at"] == at]
    return any(row["stage"] == "accepted" and not row["reason"] for row in said)


def todo_of(lead_state: LeadState, phase: Phase | None, left: float | None) -> Text | None:
    """What is to be done next: what the phase asks of whoever leads it, unless the state says more.

    Parameters
    ----------
    lead_state : LeadState
    phase : Phase or None
        None once it has ended.
    left : float or None
        Hours left of the time agreed for an answer.
    """
    if phase is None:
        return None
    if lead_state.verdict == "returned":
        return PAGE_WORDS["sent_back"]
    if left is not None and left < 0:
        return PAGE_WORDS["answer_is_late"]
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


def _similar(lead: NearLead) -> SimilarLead:
    return SimilarLead(
        at=from_second(lead.as_of) if is_dated(lead.as_of) else None,
        probability=lead.probability,
        became=CONVERTED if lead.converted else NOT_CONVERTED,
    )


def _similar_words(card: LeadCard) -> Text:
    n_similar, n_converted = len(card.nearest), sum(lead.converted for lead in card.nearest)
    return Text(
        ja=f"もっとも似ていた{n_similar}件のうち{n_converted}件が成果に至りました。",
        en=f"Of the {n_similar} most similar, {n_converted} converted.",
    )


def _within(days: int | None) -> Text | None:
    return None if days is None else Text(ja=f"判定日から{days}日以内", en=f"within {days} days")


def _list_left(page_request: PageRequest) -> str:
    sender = sender_of(page_request.request)
    return sender if sender.partition("?")[0] == "/worklist" else "/worklist"


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
