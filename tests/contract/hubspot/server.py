"""A HubSpot account, served."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from tests.contract.hubspot.account import Account
from tests.contract.hubspot.answers import respond
from tests.contract.rest import Call, RestServer, served

TOKEN = "pat-local-0000"


class HubspotServer(RestServer):
    """One account, served."""

    header: ClassVar[str] = "authorization"
    token: ClassVar[str] = f"Bearer {TOKEN}"

    def now(self) -> float:
        return self.account.now() / 1000

    def respond(self, call: Call) -> tuple[int, Any]:
        return respond(self.account, call)

    def expired(self) -> Any:
        return {"status": "error", "category": "EXPIRED_AUTHENTICATION", "message": "expired"}


@contextmanager
def serving(account: Account) -> Iterator[HubspotServer]:
    """The account on a port of this machine, until the block ends."""
    with served(HubspotServer(account)) as running:
        yield running
