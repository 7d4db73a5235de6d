"""A company's own accounts: the OpenID Connect provider that says who somebody is.

Only what the provider signed is believed: the ID token's signature, issuer, audience, nonce and
time are checked, and of the people it names those may come in for whom an admin made an account.

Why the e-mail address counts only where the provider says it is verified: with some providers
anybody may put anybody's address into their profile.
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from serving.workspace.oidc_settings import EMAIL, OidcSettings, is_private

SCOPE = "openid email profile"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures that are believed: none that the client's secret, or nobody at all, could make."""

SECONDS_TO_ANSWER = 5
MOST_BYTES = 1 << 20
"""Of what the provider publishes: its addresses and keys are some kilobytes."""

CLOCK_SECONDS = 60
"""How far the provider's clock and ours may differ."""


class SignInRefused(Exception):
    """The provider did not say, in a way to be believed, who somebody is."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to sign in, kept by the browser that makes it.

    Attributes
    ----------
    state, nonce, verifier : str
        Random: what the answer, the ID token and the exchange of the code must go with.
    onward : str
        Path to open afterwards.
    """

    state: str
    nonce: str
    verifier: str
    onward: str

    @classmethod
    def new(cls, onward: str) -> "Attempt":
        """An attempt nobody can guess."""
        return cls(
            state=generate_token(32),
            nonce=generate_token(32),
            verifier=generate_token(64),
            onward=onward,
        )


class OidcClient:
    """Talks to the provider; what it publishes is read once, its keys again when they change."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._published: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    def address(self, attempt: Attempt, back_to: str) -> str:
        """Where to send the browser.

        Raises
        ------
        SignInRefused
            If the provider does not answer.
        """
        session = self._session(back_to)
        address, _ = session.create_authorization_url(
            self._endpoint("authorization_endpoint"),
            state=attempt.state,
            code_verifier=attempt.verifier,
            nonce=attempt.nonce,
        )
        return str(address)

    def login(self, attempt: Attempt, code: str, back_to: str) -> str:
        """Exchange the provider's code for the login of whoever has just signed in.

        Parameters
        ----------
        attempt : Attempt
            As the browser kept it since it was sent to the provider.
        code : str
            Code that the provider gave the browser.
        back_to : str
            Address the provider sent the browser back to.

        Raises
        ------
        SignInRefused
            If the code is not taken, or the ID token cannot be believed.
        """
        try:
            token = self._session(back_to).fetch_token(
                self._endpoint("token_endpoint"),
                code=code,
                grant_type="authorization_code",
                code_verifier=attempt.verifier,
                timeout=SECONDS_TO_ANSWER,
                allow_redirects=False,
            )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise SignInRefused from error
        return self._login_of(self._claims(str(token.get("id_token", "")), attempt.nonce))

    def _login_of(self, claims: dict[str, Any]) -> str:
        login = claims.get(self._settings.login_claim)
        if not isinstance(login, str) or not login:
            raise SignInRefused
        if self._settings.login_claim == EMAIL and claims.get("email_verified") is not True:
            raise SignInRefused
        return login

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            claims = self._decoded(id_token)
            registry = jwt.JWTClaimsRegistry(
                leeway=CLOCK_SECONDS,
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise SignInRefused from error
        if claims.get("azp", self._settings.client_id) != self._settings.client_id:
            raise SignInRefused
        return claims

    def _decoded(self, id_token: str) -> dict[str, Any]:
        keys = self._read_keys()
        try:
            return dict(jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            # Providers change their keys: once more with the newest.
            return dict(
                jwt.decode(id_token, self._read_keys(anew=True), algorithms=ALGORITHMS).claims
            )

    def _read_keys(self, *, anew: bool = False) -> KeySet:
        address = self._endpoint("jwks_uri")
        with self._lock:
            if self._keys is None or anew:
                self._keys = _key_set(_get(address))
            return self._keys

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if self._published is None:
                published = _get(
                    f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
                )
                if published.get("issuer") != self._settings.issuer:
                    raise SignInRefused
                self._published = published
            endpoint = self._published.get(name)
        if not isinstance(endpoint, str) or not is_private(endpoint):
            raise SignInRefused
        return endpoint

    def _session(self, back_to: str) -> OAuth2Session:
        return OAuth2Session(
            self._settings.client_id,
            self._settings.client_secret,
            scope=SCOPE,
            redirect_uri=back_to,
            code_challenge_method="S256",
        )


def _key_set(said: dict[str, Any]) -> KeySet:
    keys = said.get("keys")
    if not isinstance(keys, list):
        raise SignInRefused
    try:
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        # The library says of keys that are none whatever it stumbles over.
        raise SignInRefused from error


def _get(address: str) -> dict[str, Any]:
    """What the provider publishes at an address: a JSON object, of bounded size, in time."""
    until = time.monotonic() + SECONDS_TO_ANSWER
    body = bytearray()
    try:
        with requests.get(
            address, timeout=SECONDS_TO_ANSWER, allow_redirects=False, stream=True
        ) as answer:
            answer.raise_for_status()
            for piece in answer.iter_content(1 << 14):
                body += piece
                if len(body) > MOST_BYTES or time.monotonic() > until:
                    raise SignInRefused
        said = json.loads(body)
    except (requests.RequestException, ValueError, RecursionError) as error:
        raise SignInRefused from error
    if not isinstance(said, dict):
        raise SignInRefused
    return said
