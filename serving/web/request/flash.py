"""What was just done, said once on the next page.

An answer to a lead leads back to the list, where the lead has gone: without a word nobody knows
whether it was kept. A cookie carries which answer and which lead across the redirect, never a name;
the page that shows it deletes it.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from features.core.text import Text
from features.store import Store
from serving.api.request_text import is_clean
from serving.ledger.access.users import User
from serving.ledger.leads.worklist import read_standing
from serving.web.access import sees_team
from serving.web.links import lead_path
from serving.web.request.session import set_cookie
from serving.web.words.page_words import ANSWERED, PAGE_WORDS

DONE_COOKIE = "awase_done"

KEPT_SECONDS = 60
"""A redirect takes less; what was never shown must not come up later."""


@dataclass(frozen=True, kw_only=True)
class FlashMessage:
    """What was done, and the path of the lead card on which it can be changed, if there is one."""

    words: Text
    path: str


SEVERAL = "several"


def tell_several(response: Response, answered: int, *, selected: int, secure: bool) -> None:
    """Have the next page say how many of the selected leads were answered.

    Parameters
    ----------
    response : Response
        Carries the cookie.
    answered, selected : int
    secure : bool
        Whether the browser sends the cookie over https only.
    """
    value = f"{SEVERAL} {answered}/{selected}"
    set_cookie(response, DONE_COOKIE, quote(value, safe=""), seconds=KEPT_SECONDS, secure=secure)


def tell_next(response: Response, *, answer: str, lead_id: str, secure: bool) -> None:
    """Have the next page say that an answer to a lead was kept.

    Parameters
    ----------
    response : Response
        Carries the cookie.
    answer : {"accepted", "returned"}
    lead_id : str
    secure : bool
        Whether the browser sends the cookie over https only.
    """
    value = f"{answer} {lead_id}"
    set_cookie(response, DONE_COOKIE, quote(value, safe=""), seconds=KEPT_SECONDS, secure=secure)


def read_done(request: Request, store: Store, user: User) -> FlashMessage | None:
    """Read what the user just did; None for nothing, or for a lead of a team they do not see.

    Parameters
    ----------
    request : Request
    store : Store
        Holds the lead's name.
    user : User
        Who is signed in.
    """
    answer, _, lead_id = unquote(request.cookies.get(DONE_COOKIE, "")).partition(" ")
    # A browser may send any cookie; a database cannot be asked for any text.
    if answer == SEVERAL:
        return _several(lead_id)
    pattern = ANSWERED.get(answer) if is_clean(lead_id, allowed=set()) else None
    found = None if pattern is None else read_standing(store, lead_id)
    if pattern is None or found is None or not sees_team(user, found[0].team):
        return None
    who = found[1].name
    name = PAGE_WORDS["unnamed"] if who is None else Text(ja=who, en=who)
    return FlashMessage(
        words=Text(ja=pattern.ja.format(who=name.ja), en=pattern.en.format(who=name.en)),
        path=lead_path(lead_id),
    )


def _several(counts: str) -> FlashMessage | None:
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", counts, flags=re.ASCII)
    if found is None:
        return None
    answered, selected = map(int, found.groups())
    done = PAGE_WORDS["none_selected"] if not selected else PAGE_WORDS["several_answered"]
    ja, en = done.ja.format(answered), done.en.format(answered)
    if answered < selected:
        left = PAGE_WORDS["several_left"]
        ja, en = ja + left.ja.format(selected - answered), en + left.en.format(selected - answered)
    return FlashMessage(words=Text(ja=ja, en=en), path="")
