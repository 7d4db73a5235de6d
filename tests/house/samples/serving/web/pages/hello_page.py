"""A page: a greeting for administrators."""

from dataclasses import dataclass

from starlette.responses import Response

from features.core.text import Text
from serving.ledger.access.users import Role
from serving.web.access import PageRouter
from serving.web.request.page_request import Opened

router = PageRouter()


@dataclass(frozen=True, kw_only=True)
class HelloPage:
    """What is said."""

    greeting: Text


@router.page("/hello", name="hello", roles={Role.ADMIN})
def hello(page_request: Opened) -> Response:
    """Greet."""
    return page_request.page(
        "hello.html", HelloPage(greeting=Text(ja="こんにちは", en="Good afternoon"))
    )
