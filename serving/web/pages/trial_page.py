"""The trial of judges by lot: agreed here, shown as it was last counted, and ended here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from features.core.errors import AwaseError, Refusal
from features.core.text import Text
from features.definition.rulebook import Rulebook
from features.definition.terms import Signature
from features.definition.trial import Trial, TrialArm
from features.definition.wording.keys import KEY_WORDS
from features.definition.wording.values import value_in_words
from features.definition.yaml.write import unmarked, with_part
from features.store.releases import read_champion
from serving.decisions.in_force.change import adopt_text
from serving.decisions.in_force.end_trial import end_trial
from serving.ledger.access.users import Role
from serving.ledger.agreements import AgreementDecision
from serving.web.access import EVERYBODY, PageRouter, may_open
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.words.trial_words import TRIAL_FAULTS
from training.reports.document.blocks import Document
from training.reports.document.view import View
from training.reports.trial_document import FIGURE_WORDS, trial_document
from training.results_store import read_ended_trial, read_proposals, read_trial
from training.trial.records import TrialReport

router = PageRouter()

LONGEST = 2_000
"""Characters of what people write about a decision."""

WRITTEN = (
    "name",
    "hypothesis_ja",
    "hypothesis_en",
    "share",
    "learned_share",
    "starts_on",
    "months",
    "worthwhile",
    "expected_accounts",
    "present_marketing",
    "present_sales",
    "present",
    "why",
)
"""Fields of both forms that people write in."""

SHOWN = ("arms", "starts_on", "months", "worthwhile", "expected_accounts", "signed_by")
"""Terms of a trial that the page lists."""


@dataclass(frozen=True, kw_only=True)
class TrialPage:
    """The trial as one person sees it.

    Attributes
    ----------
    terms : Trial or None
        As agreed; None where none is.
    lines : tuple of (Text, Text)
        The terms in words.
    document : Document or None
        What the trial showed when it was last counted: the one agreed, else the last one ended.
    view : View
    may_decide : bool
        Whether this person records what both teams agree on.
    fault : Text or None
        What is wrong with what was written.
    written : mapping of str to str
        What was written so far.
    has_learned : bool
        Whether the last retrain found a rulebook that may be a third judge.
    """

    terms: Trial | None
    lines: tuple[tuple[Text, Text], ...]
    document: Document | None
    view: View
    may_decide: bool
    fault: Text | None
    written: Mapping[str, str]
    today: date
    has_learned: bool


@router.page("/trial", name="trial", roles=EVERYBODY)
def trial(page_request: Opened) -> Response:
    """Show what is agreed, and what it shows so far."""
    return _page(page_request, {})


@router.page("/trial", name="agree_trial", roles={Role.MARKETING, Role.ADMIN}, method="POST")
def agree_trial(page_request: Opened, form: SentForm) -> Response:
    """Make a trial part of the agreement."""
    services = page_request.services
    newest = services.workspace.agreed_versions(services.store).versions[0]
    try:
        agreed = _trial(form, _learned(page_request))
    except (ValidationError, ValueError):
        return _page(page_request, form, TRIAL_FAULTS["wrong"])
    names = ", ".join(signature.name for signature in agreed.signed_by)
    try:
        adopt_text(
            services.workspace,
            services.store,
            with_part(unmarked(newest.definition), "trial", agreed),
            decision=AgreementDecision(
                by=page_request.user.login,
                present=names,
                what=f"trial {agreed.name}: {agreed.hypothesis.en}",
                why=_said(form, "why"),
            ),
            replaces=newest.number,
        )
    except Refusal:
        return _page(page_request, form, TRIAL_FAULTS["refused"])
    except AwaseError:
        return _page(page_request, form, TRIAL_FAULTS["wrong"])
    return RedirectResponse("/trial", status_code=303)


@router.page("/trial/end", name="end_trial", roles={Role.MARKETING, Role.ADMIN}, method="POST")
def end(page_request: Opened, form: SentForm) -> Response:
    """End the trial with its answer, as a version of the agreement."""
    services = page_request.services
    terms = services.definition().trial
    report = None if terms is None else read_trial(services.store, terms.name)
    if report is None or not _said(form, "why"):
        return _page(page_request, form, TRIAL_FAULTS["wrong"])
    decision = AgreementDecision(
        by=page_request.user.login,
        present=_said(form, "present"),
        what="",
        why=_said(form, "why"),
    )
    try:
        end_trial(
            services.workspace,
            services.store,
            report,
            decision=decision,
            without_answer=form.get("without_answer") == "1",
        )
    except Refusal:
        return _page(page_request, form, TRIAL_FAULTS["not_yet"])
    return RedirectResponse("/trial", status_code=303)


def _learned(page_request: PageRequest) -> Rulebook | None:
    """The rulebook that the champion's retrain learned, if any."""
    store = page_request.services.store
    champion = read_champion(store)
    found = None if champion is None else read_proposals(store, champion.release_id)
    return None if found is None or found.rulebook is None else found.rulebook.rulebook


def _trial(form: Mapping[str, str], learned: Rulebook | None) -> Trial:
    """Read a trial from what was written; a learned rulebook is a third arm if it gets a share.

    Raises
    ------
    ValueError
        If something is missing, or no number or day; pydantic's where a limit is not kept.
    """
    of_model = float(form.get("share", "")) / 100
    of_learned = 0.0 if learned is None else float(form.get("learned_share", "") or 0) / 100
    arms = [
        TrialArm(name="rulebook", share=round(1 - of_model - of_learned, 4)),
        TrialArm(name="model", share=of_model),
    ]
    if of_learned:
        arms.append(TrialArm(name="learned_rulebook", share=of_learned))
    signed = tuple(
        Signature(team=team, name=name[:120])
        for team in ("marketing", "sales")
        for name in _names(form, f"present_{team}")
    )
    if {signature.team for signature in signed} != {"marketing", "sales"}:
        raise ValueError("both teams sign a trial")
    return Trial(
        name=form.get("name", ""),
        hypothesis=Text(ja=_said(form, "hypothesis_ja"), en=_said(form, "hypothesis_en")),
        arms=tuple(arms),
        learned_rulebook=learned if of_learned else None,
        starts_on=date.fromisoformat(form.get("starts_on", "")),
        months=int(form.get("months", "")),
        worthwhile=float(form.get("worthwhile", "")),
        expected_accounts=int(form.get("expected_accounts", "")),
        signed_by=signed,
    )


def _page(
    page_request: PageRequest, written: Mapping[str, str], fault: Text | None = None
) -> Response:
    services = page_request.services
    definition = services.definition()
    terms = definition.trial
    report = _report(page_request, terms)
    page = TrialPage(
        terms=terms,
        lines=() if terms is None else _lines(page_request, terms),
        document=None if report is None else trial_document(report, definition.zone),
        view=View(language=page_request.session.language, zone=definition.zone),
        may_decide=may_open("agree_trial", page_request.user.role),
        fault=fault,
        written={name: written.get(name, "") for name in WRITTEN},
        today=datetime.now(UTC).astimezone(definition.zone).date(),
        has_learned=_learned(page_request) is not None,
    )
    return page_request.page("trial.html", page, status=200 if fault is None else 400)


def _report(page_request: PageRequest, terms: Trial | None) -> TrialReport | None:
    """The last look at the trial agreed; where none is, at the last one that ended."""
    store = page_request.services.store
    return read_ended_trial(store) if terms is None else read_trial(store, terms.name)


def _lines(page_request: PageRequest, terms: Trial) -> tuple[tuple[Text, Text], ...]:
    definition = page_request.services.definition()
    lines = [(KEY_WORDS["counted"], FIGURE_WORDS[terms.counted])]
    for name in SHOWN:
        said = value_in_words(getattr(terms, name), definition)
        if said is not None:
            lines.append((KEY_WORDS[name], said))
    return tuple(lines)


def _names(form: Mapping[str, str], field: str) -> list[str]:
    names = form.get(field, "").replace("、", ",").split(",")
    return [name.strip() for name in names if name.strip()]


def _said(form: Mapping[str, str], field: str) -> str:
    return " ".join(form.get(field, "").split())[:LONGEST]
