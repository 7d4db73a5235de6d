"""One answer to several leads of today's list."""

from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from serving.ledger.access.users import Role
from serving.ledger.leads.worklist import read_standing
from serving.ledger.verdicts import AnsweredMeanwhile, Seen, Verdict, record_verdict
from serving.web.access import PageRouter, sees_team
from serving.web.pages.leads.lead_answer import read_answer
from serving.web.request.flash import tell_several
from serving.web.request.page_request import Opened, PageRequest, SentForm, own_path

router = PageRouter()

LEAD_FIELD = "lead_"
"""Begins the name of the box that selects a lead; the lead's id follows."""


@router.page("/today/answers", name="answer_several", roles={Role.SALES, Role.ADMIN}, method="POST")
def answer_several(page_request: Opened, form: SentForm) -> Response:
    """Give every selected lead that is still unanswered the same answer.

    Somebody else may have answered one of them meanwhile: theirs stands.
    """
    answer, _, reason = form.get("answer", "").partition(" ")
    selected = [name.removeprefix(LEAD_FIELD) for name in form if name.startswith(LEAD_FIELD)]
    services, n_answered = page_request.services, 0
    for lead_id in [one for one in selected if _is_unanswered(page_request, one)]:
        verdict = Verdict(
            lead_id=lead_id,
            answer=read_answer(answer),
            reason=reason,
            comment=form.get("comment", "").strip(),
            easy_to_act_on=None,
            by=page_request.user.login,
            seen=Seen(at=None),
        )
        with suppress(AnsweredMeanwhile):
            record_verdict(services.store, verdict, services.definition())
            n_answered += 1
    response = RedirectResponse(own_path(form.get("next", "/")), status_code=303)
    secure = services.settings.secure_cookies
    tell_several(response, n_answered, selected=len(selected), secure=secure)
    return response


def _is_unanswered(page_request: PageRequest, lead_id: str) -> bool:
    found = read_standing(page_request.services.store, lead_id)
    if found is None or not sees_team(page_request.user, found[0].team):
        raise HTTPException(404)
    return found[0].verdict is None and found[0].ended is None
