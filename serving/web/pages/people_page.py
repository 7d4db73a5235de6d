"""Who may sign in, for administrators; accounts are made and closed on the command line."""

from dataclasses import dataclass

from starlette.responses import Response

from features.core.text import Text
from serving.ledger.access.users import Role, User, list_users
from serving.web.access import PageRouter
from serving.web.request.page_request import Opened
from serving.web.words.page_words import ROLE_NAMES

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """All accounts, each with its role in words."""

    people: tuple[tuple[User, Text], ...]


@router.page("/people", name="people", roles={Role.ADMIN})
def people(page_request: Opened) -> Response:
    """Show all accounts."""
    users = list_users(page_request.services.store)
    page = PeoplePage(people=tuple((user, ROLE_NAMES[user.role]) for user in users))
    return page_request.page("people.html", page)
