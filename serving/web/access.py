"""Who may open what: every route says it where it is declared; one that does not is nobody's.

A test over the application's routes fails where one has no rule.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter

from serving.ledger.access.users import Role, User

EVERYBODY = frozenset(Role)


@dataclass(frozen=True, kw_only=True)
class AccessRule:
    """Roles a route is open to; ``public`` routes are open without signing in."""

    roles: frozenset[Role] = frozenset()
    public: bool = False


# Programs bring keys; serving/api/access.py has their rules.
RULES: dict[str, AccessRule] = dict.fromkeys(("static", "api"), AccessRule(public=True))
"""Rules by the route's name; those of pages are added by :class:`PageRouter`."""


class PageRouter(APIRouter):
    """The routes of one page."""

    def __init__(self) -> None:
        super().__init__(include_in_schema=False)

    def page(
        self,
        path: str,
        *,
        name: str,
        roles: Set[Role] = frozenset(),
        public: bool = False,
        method: Literal["GET", "POST"] = "GET",
    ) -> Callable[..., Any]:
        """Declare a route with who may open it; unless something is said, nobody.

        Parameters
        ----------
        path : str
            As in ``/leads/{lead_id}``.
        name : str
            By which links and rules know it; no two routes have one.
        roles : set of Role
            Who may open it.
        public : bool
            Whether it is open without signing in.
        method : {"GET", "POST"}

        Raises
        ------
        ValueError
            If the name is taken: its rule would hold for both.
        """
        if name in RULES:
            msg = f"a route's name must be its own; got {name!r} twice. Name one of them otherwise."
            raise ValueError(msg)
        RULES[name] = AccessRule(roles=frozenset(roles), public=public)
        return self.api_route(path, name=name, methods=[method])


def may_open(route: str, role: Role | None) -> bool:
    """Whether somebody with a role, or nobody signed in (None), may open a route."""
    rule = RULES.get(route)
    if rule is None:
        return False
    return rule.public or (role is not None and role in rule.roles)


def sees_all_teams(role: Role) -> bool:
    """Whether a role sees the leads of every team."""
    return role is not Role.SALES


def sees_team(user: User, team: str | None) -> bool:
    """Whether somebody works with the leads of a team."""
    return sees_all_teams(user.role) or user.team is None or user.team == team
