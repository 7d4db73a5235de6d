"""Signing in through a small OpenID Connect provider that runs here, and what it may get wrong."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from features.core.errors import LeadDataError
from serving.ledger.access.users import disable_user
from serving.web.request.session import SESSION_COOKIE
from serving.web.sign_in.oidc_routes import ATTEMPT_COOKIE
from serving.workspace.oidc_settings import OidcSettings, oidc_settings_of
from serving.workspace.settings import Settings

CLIENT, SECRET = "awase", "the-clients-secret"


class LocalProvider(ThreadingHTTPServer):
    """Signs everybody in as one person; checks the client, the code and its verifier.

    ``claims`` are what the next ID token says beside what it must; ``key`` signs it.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.published_key = self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.is_up = True
        self.token: str | None = None
        self.said: dict[str, Any] = {}

    def sign_in(self, address: str) -> dict[str, str]:
        """What the browser is sent back with after the person signed in at an address."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return {"code": "the-code", "state": self.asked["state"]}

    def id_token(self) -> str:
        if self.token is not None:
            return self.token
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
            "email": "Sales",
            "email_verified": True,
        }
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims | self.claims, self.key)


class _Handler(BaseHTTPRequestHandler):
    server: LocalProvider

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if not self.server.is_up:
            self._answer(503, {})
        elif self.path in self.server.said:
            self._answer(200, self.server.said[self.path])
        elif self.path == "/.well-known/openid-configuration":
            endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            self._answer(200, {"issuer": issuer} | {e: f"{issuer}/{e}" for e in endpoints})
        else:
            self._answer(200, {"keys": [self.server.published_key.as_dict(private=False)]})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        client = base64.b64decode(self.headers["authorization"].split()[1]).decode()
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        asked = self.server.asked
        if client != f"{CLIENT}:{SECRET}" or challenge != asked["code_challenge"]:
            self._answer(400, {"error": "invalid_grant"})
            return
        assert form["redirect_uri"][0] == asked["redirect_uri"]
        if "/token_endpoint" in self.server.said:
            self._answer(200, self.server.said["/token_endpoint"])
            return
        self._answer(
            200,
            {"access_token": "a", "token_type": "Bearer", "id_token": self.server.id_token()},
        )

    def _answer(self, status: int, content: Any) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def oidc_client() -> Iterator[LocalProvider]:
    server = LocalProvider()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(make_site, oidc_client: LocalProvider):
    """A browser at a site whose people may sign in through the provider."""
    settings = OidcSettings(
        issuer=oidc_client.issuer, client_id=CLIENT, client_secret=SECRET, login_claim="email"
    )
    site = make_site(oidc_settings=settings)
    browser = site.page_request()
    browser.store = site.store
    return browser


def _go(client, oidc_client: LocalProvider, **changed: str):
    there = client.get("/sign-in/company?next=/worklist")
    assert there.status_code == 303
    back = oidc_client.sign_in(there.headers["location"])
    return client.get("/sign-in/company/back", params=back | changed)


def test_a_person_signs_in_with_the_companys_account(client, oidc_client: LocalProvider) -> None:
    assert "/sign-in/company?next=/worklist" in client.get("/sign-in?next=/worklist").text

    answer = _go(client, oidc_client)

    assert (answer.status_code, answer.headers["location"]) == (303, "/worklist")
    assert client.cookies[SESSION_COOKIE]
    assert client.get("/worklist").status_code == 200
    assert oidc_client.asked["scope"] == "openid email profile"
    assert oidc_client.asked["redirect_uri"] == "https://awase.test/sign-in/company/back"


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "of another attempt"},
        {"aud": "another client"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_700_000_000},
        {"azp": "another client"},
        {"email_verified": False},
        {"email_verified": None},
        {"email": ["sales"]},
    ],
    ids=str,
)
def test_what_cannot_be_believed_lets_nobody_in(
    client, oidc_client: LocalProvider, wrong: dict[str, Any]
) -> None:
    oidc_client.claims = wrong

    answer = _go(client, oidc_client)

    assert answer.status_code == 401
    assert SESSION_COOKIE not in client.cookies
    assert "did not confirm who you are" in answer.text


def test_a_token_that_somebody_else_signed_lets_nobody_in(
    client, oidc_client: LocalProvider
) -> None:
    oidc_client.key = RSAKey.generate_key(2048, {"kid": "first"})

    assert _go(client, oidc_client).status_code == 401


def test_new_keys_of_the_provider_are_learned(client, oidc_client: LocalProvider) -> None:
    assert _go(client, oidc_client).status_code == 303
    client.cookies.clear()
    oidc_client.published_key = oidc_client.key = RSAKey.generate_key(2048, {"kid": "second"})

    assert _go(client, oidc_client).status_code == 303


def test_an_answer_to_another_attempt_is_refused(client, oidc_client: LocalProvider) -> None:
    assert _go(client, oidc_client, state="planted").status_code == 401
    assert _go(client, oidc_client, code="").status_code == 401
    client.cookies.clear()
    assert client.get("/sign-in/company/back?code=x&state=y").status_code == 401


def test_people_without_an_account_here_are_told_whom_to_ask(
    client, oidc_client: LocalProvider
) -> None:
    oidc_client.claims = {"email": "stranger@example.com"}
    assert "no account for you here yet" in _go(client, oidc_client).text

    oidc_client.claims = {}
    disable_user(client.store, "sales", by="admin")
    assert _go(client, oidc_client).status_code == 401


def test_a_provider_that_is_down_leaves_the_password(client, oidc_client: LocalProvider) -> None:
    oidc_client.is_up = False

    answer = client.get("/sign-in/company")

    assert answer.status_code == 401
    assert 'name="password"' in answer.text


def test_without_a_provider_there_is_no_such_way_in(site) -> None:
    client = site.page_request()

    assert "/sign-in/company" not in client.get("/sign-in").text
    assert client.get("/sign-in/company").status_code == 404


def test_a_provider_that_could_be_listened_to_is_refused() -> None:
    with pytest.raises(LeadDataError, match=r"must be an https address; got http://sso\.example"):
        OidcSettings(
            issuer="http://sso.example", client_id="a", client_secret="b", login_claim="email"
        )


def test_half_a_provider_is_refused() -> None:
    with pytest.raises(LeadDataError, match="got not all three"):
        oidc_settings_of(Settings(oidc_issuer="https://sso.example"))


def test_the_secret_is_not_shown() -> None:
    settings = Settings(
        oidc_issuer="https://sso.example", oidc_client_id="a", oidc_client_secret=SECRET
    )

    assert SECRET not in repr(settings) + repr(oidc_settings_of(settings))


def _unsigned(provider: LocalProvider, alg: str) -> str:
    """An ID token that says the right things and is signed by nobody."""
    head, body, _ = provider.id_token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": alg, "kid": "first"}).encode()).decode()
    return f"{head.rstrip('=')}.{body}."


def _signed_with(provider: LocalProvider, secret: bytes) -> str:
    """An ID token signed with what everybody, or the client, knows."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first"}').decode().rstrip("=")
    signed = f"{head}.{provider.id_token().split('.')[1]}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


LIES = {
    "none": lambda p: _unsigned(p, "none"),
    "None": lambda p: _unsigned(p, "None"),
    "RS256 without a signature": lambda p: _unsigned(p, "RS256"),
    "the client's secret": lambda p: _signed_with(p, SECRET.encode()),
    "the public key as a secret": lambda p: _signed_with(p, p.key.as_pem(private=False)),
    "no token": lambda _: "",
    "half a token": lambda p: p.id_token()[:80],
    "dots": lambda _: "..",
    "no base 64": lambda _: "é.é.é",
    "a megabyte": lambda _: "a" * 1_000_000,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_nobody_rightly_signed_lets_nobody_in(client, oidc_client, lie: str) -> None:
    there = client.get("/sign-in/company")
    back = oidc_client.sign_in(there.headers["location"])
    oidc_client.token = LIES[lie](oidc_client)

    answer = client.get("/sign-in/company/back", params=back)

    assert answer.status_code == 401
    assert SESSION_COOKIE not in client.cookies


CLAIMS = {
    "expired": {"exp": int(time.time()) - 3_600},
    "expiry as words": {"exp": "tomorrow"},
    "no expiry": {"exp": None},
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": None},
    "for somebody else": {"aud": "other"},
    "for another and us, said to another": {"aud": ["other", CLIENT], "azp": "other"},
    "from elsewhere": {"iss": "https://evil.example"},
    "address as a list": {"email": ["Sales"]},
    "verified as a word": {"email_verified": "true"},
    "not yet": {"nbf": int(time.time()) + 3_600},
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_token_that_says_the_wrong_thing_lets_nobody_in(client, oidc_client, claim) -> None:
    oidc_client.claims = CLAIMS[claim]

    answer = _go(client, oidc_client)

    assert answer.status_code == 401
    assert SESSION_COOKIE not in client.cookies


NONSENSE = [
    [],
    "x",
    7,
    None,
    {},
    {"keys": 7},
    {"keys": [{}]},
    {"keys": [{"kty": "oct"}]},
    b"<html>",
]


@pytest.mark.parametrize("said", NONSENSE, ids=lambda said: repr(said)[:30])
@pytest.mark.parametrize("path", ["/jwks_uri", "/token_endpoint"])
def test_nonsense_from_the_provider_is_an_answer_in_words(client, oidc_client, path, said) -> None:
    oidc_client.said[path] = said

    assert _go(client, oidc_client).status_code == 401


@pytest.mark.parametrize("said", NONSENSE, ids=lambda said: repr(said)[:30])
def test_nonsense_about_where_to_go_is_an_answer_in_words(client, oidc_client, said) -> None:
    oidc_client.said["/.well-known/openid-configuration"] = said

    assert client.get("/sign-in/company").status_code == 401


def test_keys_that_change_between_the_two_steps_are_learned(client, oidc_client) -> None:
    there = client.get("/sign-in/company?next=/worklist")
    back = oidc_client.sign_in(there.headers["location"])
    oidc_client.published_key = oidc_client.key = RSAKey.generate_key(2048, {"kid": "second"})

    answer = client.get("/sign-in/company/back", params=back)

    assert answer.headers["location"] == "/worklist"


def test_the_state_of_one_browser_is_not_taken_from_another(client, oidc_client) -> None:
    mine = client.get("/sign-in/company")
    stolen = oidc_client.sign_in(mine.headers["location"])
    client.cookies.clear()
    client.get("/sign-in/company")

    answer = client.get("/sign-in/company/back", params=stolen)

    assert answer.status_code == 401


HAND_MADE = {
    "no hexadecimal": "zz",
    "no JSON": b"{".hex(),
    "no UTF-8": b'{"state": "\xff"}'.hex(),
    "a list": b"[]".hex(),
    "nothing in it": b"{}".hex(),
    "numbers": b'{"state": 1, "nonce": 1, "verifier": 1, "onward": 1}'.hex(),
    "very long": "00" * 60_000,
}


@pytest.mark.parametrize("cookie", HAND_MADE.values(), ids=HAND_MADE)
def test_an_attempt_that_we_did_not_write_lets_nobody_in(client, oidc_client, cookie) -> None:
    there = client.get("/sign-in/company")
    back = oidc_client.sign_in(there.headers["location"])
    client.cookies.clear()

    headers = {"cookie": f"{ATTEMPT_COOKIE}={cookie}"}
    answer = client.get("/sign-in/company/back", params=back, headers=headers)

    assert answer.status_code == 401


def test_a_state_beyond_ascii_is_another_one(client, oidc_client: LocalProvider) -> None:
    assert _go(client, oidc_client, state="状態").status_code == 401
