"""Text as it arrives in addresses and forms: UTF-8, without control characters, not endless.

Why it is checked on the bytes, before anything else: servers put a mark in the place of bytes that
are no UTF-8, so that two ids sent in Shift-JIS became one lead; and PostgreSQL cannot keep a NUL.
"""

import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST_PATH = 4_000
LONGEST_PARAMETER = 8_000
"""Bytes of a path and of one parameter, as they mean: several times the longest id or page."""

MOST_PARAMETERS = 100

LINE_BREAKS = {"\n", "\r", "\t"}
"""Controls that people type."""


@dataclass(frozen=True, kw_only=True)
class TextFault(Exception):
    """A text that cannot be taken as it came.

    Attributes
    ----------
    name : str
        Of the parameter or field; ``path``, ``query`` or ``Host`` where it is none.
    must : str
        What must hold.
    """

    name: str
    must: str


def is_clean(text: str, *, allowed: set[str] = LINE_BREAKS) -> bool:
    """Whether a text can be kept: no control characters, no halves of characters.

    Examples
    --------
    >>> is_clean("営業部長"), is_clean("a\\x00"), is_clean("\\ud800"), is_clean("a\\tb")
    (True, False, False, True)
    """
    if text.isascii() and text.isprintable():
        return True
    return not any(
        (kind := unicodedata.category(character)) == "Cs"
        or (kind == "Cc" and character not in allowed)
        for character in text
    )


def check_address(scope: Scope) -> None:
    """Refuse an address whose text is not what it must be.

    Raises
    ------
    TextFault
        With the parameter's name.
    """
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    if len(path) > LONGEST_PATH:
        raise TextFault(name="path", must=f"must hold at most {LONGEST_PATH:,} bytes")
    if b"%" in path or not path.isascii() or not path.decode("ascii").isprintable():
        _decode("path", unquote_to_bytes(path), allowed=set())
    query: bytes = scope["query_string"]
    if query:
        dict(parse_pairs(query))
    _check_host(scope)


def parse_pairs(
    content: bytes, *, longest: int = LONGEST_PARAMETER, most: int = MOST_PARAMETERS
) -> Iterator[tuple[str, str]]:
    """Names and values of a query or a form, in their order.

    Parameters
    ----------
    content : bytes
        ``application/x-www-form-urlencoded``.
    longest : int
        Bytes of a value.
    most : int
        Pairs.

    Raises
    ------
    TextFault
        With the name of the first that is not UTF-8, holds control characters or is too long.
    """
    pairs = content.split(b"&")
    if len(pairs) > most:
        raise TextFault(name="query", must=f"must hold at most {most} parameters")
    for pair in pairs:
        if not pair:
            continue
        name, _, value = (
            unquote_to_bytes(part) for part in pair.replace(b"+", b" ").partition(b"=")
        )
        read = _decode("query", name, allowed=set())
        if len(value) > longest:
            raise TextFault(name=read[:100], must=f"must hold at most {longest:,} bytes")
        yield read, _decode(read, value, allowed=LINE_BREAKS)


def _decode(name: str, content: bytes, *, allowed: set[str]) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise TextFault(name=name, must="must be text in UTF-8") from None
    if not is_clean(text, allowed=allowed):
        raise TextFault(name=name, must="must hold no control characters")
    return text


def _check_host(scope: Scope) -> None:
    for name, value in scope["headers"]:
        if name == b"host":
            try:
                urlsplit(f"//{value.decode('ascii')}").port  # noqa: B018 (raises)
            except ValueError:  # UnicodeDecodeError is one
                raise TextFault(name="Host", must="must be the name of this server") from None


Refuse = Callable[[Scope, TextFault], Awaitable[ASGIApp]]
"""Makes the answer to a request that is refused."""


class CheckedAddress:
    """Refuses addresses that are no clean text, before any route sees them."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse, but_not: str | None = None) -> None:
        self._app = app
        self._refuse = refuse
        self._but_not = but_not

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it; paths under ``but_not`` are somebody else's to check."""
        answer = self._app
        if scope["type"] == "http" and not self._is_elsewhere(scope):
            try:
                check_address(scope)
            except TextFault as fault:
                answer = await self._refuse(scope, fault)
        await answer(scope, receive, send)

    def _is_elsewhere(self, scope: Scope) -> bool:
        return self._but_not is not None and str(scope["path"]).startswith(self._but_not)
