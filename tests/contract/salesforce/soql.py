"""As much of SOQL as a pull needs, after the public documentation of the query language."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[\w.]+)|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
KEYWORDS = ("SELECT", "FROM", "WHERE", "ORDER", "LIMIT")


class MalformedQuery(Exception):
    """The query cannot be read."""


@dataclass
class Query:
    columns: list[str]
    kind: str
    where: Callable[[Callable[[str], Any]], bool]
    order: list[tuple[str, bool]]
    limit: int | None
    aggregate: str | None


def parse(text: str) -> Query:
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise MalformedQuery(f"unexpected token: {text[at : at + 20]!r}")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens = list(tokens)

    def query(self) -> Query:
        self.need("SELECT")
        columns, aggregate = [], None
        while True:
            name = self.take()
            if self.peek() == "(":
                self.take()
                inner = "" if self.peek() == ")" else self.take()
                self.need(")")
                aggregate = f"{name.upper()}({inner})"
                if self.peek() not in ("FROM", ","):
                    columns.append(self.take())
            else:
                columns.append(name)
            if self.peek() != ",":
                break
            self.take()
        self.need("FROM")
        kind = self.take()
        where = self.condition() if self.skip("WHERE") else (lambda _: True)
        order = []
        if self.skip("ORDER"):
            self.need("BY")
            while True:
                name = self.take()
                down = self.skip("DESC")
                self.skip("ASC")
                order.append((name, down))
                if not self.skip(","):
                    break
        limit = int(self.take()) if self.skip("LIMIT") else None
        if self.tokens:
            raise MalformedQuery(f"unexpected token: {self.tokens[0][1]!r}")
        return Query(columns, kind, where, order, limit, aggregate)

    def condition(self) -> Callable[[Callable[[str], Any]], bool]:
        first = self.term()
        joined = [first]
        word = str(self.peek()).upper()
        if word not in ("AND", "OR"):
            return first
        while str(self.peek()).upper() == word:
            self.take()
            joined.append(self.term())
        if str(self.peek()).upper() in ("AND", "OR"):
            raise MalformedQuery("AND and OR must be parted by brackets")
        test = all if word == "AND" else any
        return lambda value: test(part(value) for part in joined)

    def term(self) -> Callable[[Callable[[str], Any]], bool]:
        if self.skip("("):
            inner = self.condition()
            self.need(")")
            return inner
        name = self.take()
        sign = self.take().upper()
        if sign == "IN":
            self.need("(")
            values = []
            while True:
                values.append(self.value())
                if not self.skip(","):
                    break
            self.need(")")
            chosen = set(values)
            return lambda value: value(name) in chosen
        wanted = self.value()
        return lambda value: _compare(value(name), sign, wanted)

    def value(self) -> Any:
        kind, text = self.tokens.pop(0)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text)
        if kind == "time":
            return stamp(text)
        return {"TRUE": True, "FALSE": False, "NULL": None}[text.upper()]

    def peek(self) -> str | None:
        if not self.tokens:
            return None
        text = self.tokens[0][1]
        return text.upper() if text.upper() in KEYWORDS else text

    def take(self) -> str:
        if not self.tokens:
            raise MalformedQuery("unexpected end of query")
        return self.tokens.pop(0)[1]

    def skip(self, word: str) -> bool:
        if self.tokens and self.tokens[0][1].upper() == word:
            self.tokens.pop(0)
            return True
        return False

    def need(self, word: str) -> None:
        if not self.skip(word):
            raise MalformedQuery(f"expected {word}")


def stamp(text: str) -> str:
    """A time in the one form that sorts as it reads."""
    plain = text.replace("Z", "+0000")
    if "T" not in plain:
        return plain
    day, _, clock = plain.partition("T")
    clock, zone = re.fullmatch(r"([\d:.]+)([+-]\d\d:?\d\d)", clock).groups()  # type: ignore[union-attr]
    if zone.replace(":", "") != "+0000":
        raise MalformedQuery("these tests write times in UTC")
    seconds, _, rest = clock.partition(".")
    return f"{day}T{seconds}.{rest.ljust(3, '0')[:3]}+0000"


def _compare(found: Any, sign: str, wanted: Any) -> bool:
    if sign in ("=", "!=", "<>"):
        return (found == wanted) == (sign == "=")
    if found is None or wanted is None:
        return False
    return {"<": found < wanted, ">": found > wanted, "<=": found <= wanted, ">=": found >= wanted}[
        sign
    ]
