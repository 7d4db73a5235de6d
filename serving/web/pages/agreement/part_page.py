"""Proposing a change of one part of the agreement: its form, then what the change would mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.core.errors import AwaseError, DefinitionError
from features.core.text import Text
from features.definition import LeadDefinition
from serving.agreement.choice import ChosenChanges, Place, with_one_capacity
from serving.agreement.part_changes import changed_in
from serving.agreement.part_form import PartForm, part_form
from serving.web.access import PageRouter
from serving.web.pages.agreement.decide_page import PROPOSE, draft_of, show_choice
from serving.web.request.forms import BadFields
from serving.web.request.page_request import Opened, PageRequest, SentForm
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS
from serving.workspace.workspace import agreed_text

router = PageRouter()

FIELD = "at."
"""Before the name of a value, its field of the form."""


@dataclass(frozen=True, kw_only=True)
class PartPage:
    """A part of the agreement, to be changed.

    Attributes
    ----------
    written : mapping of str to str
        What was written so far, by the names of the form's values.
    fault : Text or None
        What is wrong with what was written, to mend and send again.
    faults : tuple of str
        What the definition's own checks say.
    examples : tuple of (Text, str)
        Conditions in words and as they are written; none where no condition is asked for.
    """

    form: PartForm
    written: Mapping[str, str]
    fault: Text | None
    faults: tuple[str, ...]
    examples: tuple[tuple[Text, str], ...]


@router.page("/propose/{place}", name="part", roles=PROPOSE)
def show_part(page_request: Opened, place: str) -> Response:
    """Show a part of the newest version as a form."""
    return _page(page_request, _form(page_request.services, place))


@router.page("/propose/{place}", name="send_part", roles=PROPOSE, method="POST")
def send_part(page_request: Opened, place: str, form: SentForm) -> Response:
    """Show what the change of a part would mean, to be proposed."""
    part, action = _form(page_request.services, place), form.get("action", "review")
    if action not in ("review", "drop") or (action == "drop" and not part.is_item):
        raise BadFields(("action",))
    written = {
        name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD)
    }
    try:
        choice = changed_in(part, written)
    except AwaseError as fault:
        return _page(page_request, part, written, faults=(str(fault),))
    if action == "drop":
        choice = ChosenChanges(dropped=(part.place,))
    choice = with_one_capacity(choice, _newest(page_request.services))
    found = draft_of(page_request.services, choice.fields)
    if found.faults or not found.changes:
        return _page(page_request, part, written, faults=found.faults)
    return show_choice(page_request, choice.fields)


def _page(
    page_request: PageRequest,
    form: PartForm,
    written: Mapping[str, str] | None = None,
    *,
    faults: tuple[str, ...] = (),
) -> Response:
    wrong = PAGE_WORDS["faults" if faults else "nothing_changed"] if written is not None else None
    page = PartPage(
        form=form,
        written=written or {},
        fault=wrong,
        faults=faults,
        examples=_examples(_newest(page_request.services)) if form.asks else (),
    )
    return page_request.page("part.html", page, status=200 if wrong is None else 400)


def _newest(services: PageServices) -> LeadDefinition:
    return agreed_text(services.agreed().versions[0]).definition


def _form(services: PageServices, place: str) -> PartForm:
    try:
        return part_form(_newest(services), _steps(place))
    except DefinitionError:
        raise HTTPException(404) from None


def _steps(place: str) -> Place:
    return tuple(place.split("."))


def _examples(definition: LeadDefinition) -> tuple[tuple[Text, str], ...]:
    """How conditions are written: one for each behaviour and attribute."""
    days = max(definition.windows.days, default=None)
    within = "" if days is None else f", within_days: {days}"
    behaviours = (
        (one.label, f"{{behaviour: {one.name}, at_least: 1{within}}}")
        for one in definition.lead_behaviours
    )
    attributes = (
        (one.label, f"{{attribute: {one.name}, known: true}}")
        for one in definition.feature_attributes
    )
    return (*behaviours, *attributes)
