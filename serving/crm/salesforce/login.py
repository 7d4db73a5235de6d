"""Signing in to Salesforce: a token that somebody gave, or a key by which we ask for one.

Why ``simple_salesforce`` and ``requests`` are imported inside functions: with zeep, which only the
SOAP side of the package needs, they take a second, and every command would pay for it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from features.core.errors import LeadDataError
from serving.crm.client import check_url, is_this_machine
from serving.crm.errors import CrmUnavailable, TokenRefused
from serving.crm.token import Token, need_token
from serving.workspace.secrets import read_secret

VERSION = "67.0"
"""Version in the paths; every one is supported for three years at least. To change it: 1. here;
2. read the release notes for what moved; 3. the contract tests."""

TOKEN = "AWASE_SALESFORCE_TOKEN"
CONSUMER_KEY = "AWASE_SALESFORCE_CONSUMER_KEY"
PRIVATE_KEY = "AWASE_SALESFORCE_PRIVATE_KEY"

LOGIN_DOMAIN = "login"
"""Where a token is asked for unless set otherwise; sandboxes use ``test``."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """How to get in.

    Attributes
    ----------
    url : str or None
        Address of the organisation, with a token only.
    username : str or None
        The user a connected app acts as, with a key only.
    """

    url: str | None = None
    token: Token | None = None
    username: str | None = None
    consumer_key: Token | None = None
    private_key: Token | None = None
    domain: str = LOGIN_DOMAIN

    @property
    def renews(self) -> bool:
        """Whether an expired session is replaced without a person."""
        return self.private_key is not None


def read_login(
    folder: Path,
    *,
    url: str | None,
    username: str | None,
    domain: str = LOGIN_DOMAIN,
) -> Login:
    """Read from settings and secrets how to sign in to Salesforce.

    Parameters
    ----------
    folder : path
        The workspace, which may hold a file of secrets.
    url : str or None
        Address of the organisation, needed with a token.
    username : str or None
        User to act as, needed with a key.
    domain : str
        Where a token is asked for with a key; sandboxes have another.

    Raises
    ------
    LeadDataError
        If something that is needed is nowhere, or may be read by others.
    """
    token = (read_secret(TOKEN, folder) or "").strip()
    if token:
        if url is None:
            msg = (
                f"a token opens one organisation; got {TOKEN} and no address. Set "
                "AWASE_SALESFORCE_URL to https://NAME.my.salesforce.com."
            )
            raise LeadDataError(msg)
        check_url(url)
        return Login(url=url, token=Token(token))
    if username is None:
        msg = (
            f"Salesforce needs {TOKEN} with AWASE_SALESFORCE_URL, or AWASE_SALESFORCE_USERNAME "
            f"with {CONSUMER_KEY} and {PRIVATE_KEY}; got neither. See docs/salesforce.md."
        )
        raise LeadDataError(msg)
    return Login(
        username=username,
        consumer_key=need_token(CONSUMER_KEY, folder),
        private_key=need_token(PRIVATE_KEY, folder),
        domain=domain,
    )


def open_session(login: Login, http: Any = None) -> Any:
    """A ``simple_salesforce.Salesforce`` that has a session.

    Parameters
    ----------
    http : requests.Session, optional
        Carries the calls; one that follows no redirect unless given.

    Raises
    ------
    TokenRefused
        If Salesforce does not let us in.
    CrmUnavailable
        If it does not answer.
    """
    import requests
    from simple_salesforce import Salesforce
    from simple_salesforce.exceptions import SalesforceError

    http = http or http_session(login.url)
    given: dict[str, Any] = {"version": VERSION, "session": http, "object_pairs_hook": dict}
    try:
        if login.token is not None:
            return Salesforce(session_id=login.token.reveal(), instance_url=login.url, **given)
        if login.consumer_key is None or login.private_key is None:
            msg = "a login has a token or a key; got neither. Use read_login."
            raise LeadDataError(msg)
        return Salesforce(
            username=login.username,
            consumer_key=login.consumer_key.reveal(),
            privatekey=login.private_key.reveal().replace("\\n", "\n"),
            domain=login.domain,
            **given,
        )
    except (SalesforceError, ValueError):
        # The error's own text may hold what was sent.
        msg = (
            "Salesforce must let the connected app in; got a refusal. Check the consumer key, that "
            "the certificate belongs to the private key, and that the user is allowed the app."
        )
        raise TokenRefused(msg) from None
    except requests.RequestException as error:
        msg = f"Salesforce must answer; got {type(error).__name__} on signing in. Try again later."
        raise CrmUnavailable(msg) from None


def http_session(url: str | None) -> Any:
    """A session that goes where it is told and nowhere else."""
    import requests

    session = requests.Session()
    # Whoever sends us elsewhere would get the token.
    session.max_redirects = 0
    if url is not None and is_this_machine(url):
        session.trust_env = False
        parts = urlsplit(url)
        if parts.scheme == "http":
            session.mount(f"https://{parts.netloc}", to_this_machine(url))
    return session


def to_this_machine(url: str) -> Any:
    """Adapter for a server on this machine: simple-salesforce writes https into all addresses."""
    from requests.adapters import HTTPAdapter

    parts, adapter = urlsplit(url), HTTPAdapter()
    send = adapter.send

    def _send(request: Any, *args: Any, **kwargs: Any) -> Any:
        there = urlsplit(request.url)
        request.url = there._replace(scheme=parts.scheme, netloc=parts.netloc).geturl()
        return send(request, *args, **kwargs)

    adapter.send = _send
    return adapter
