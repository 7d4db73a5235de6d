"""Who may open what: one rule per route, and none means nobody.

A route without a rule is refused to everybody, and a test over the application's routes fails.
"""

from dataclasses import dataclass

from serving.ledger.access.users import Role, User

EVERYBODY = frozenset(Role)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Roles a route is open to; ``public`` routes are open without signing in."""

    roles: frozenset[Role] = frozenset()
    public: bool = False


PUBLIC = Rule(public=True)

RULES: dict[str, Rule] = {
    "static": PUBLIC,
    # Programs bring keys; serving/api/access.py has their rules.
    "api": PUBLIC,
    "health": PUBLIC,
    "ready": PUBLIC,
    "sign_in": PUBLIC,
    "send_sign_in": PUBLIC,
    "company_sign_in": PUBLIC,
    "company_signed_in": PUBLIC,
    "send_language": PUBLIC,
    "send_sign_out": Rule(roles=EVERYBODY),
    "home": Rule(roles=EVERYBODY),
    "worklist": Rule(roles=EVERYBODY),
    # A file with names leaves the house; those who only study the model do not need one.
    "worklist_csv": Rule(roles=EVERYBODY - {Role.DATA_SCIENCE}),
    "worklist_xlsx": Rule(roles=EVERYBODY - {Role.DATA_SCIENCE}),
    "lead_card": Rule(roles=EVERYBODY),
    # Sales answer hand-overs; marketing read the answers, they do not give them.
    "send_verdict": Rule(roles=frozenset({Role.SALES, Role.ADMIN})),
    "definition": Rule(roles=EVERYBODY),
    # Figures are everybody's; single leads in them are shown by team.
    "review": Rule(roles=EVERYBODY),
    "review_month": Rule(roles=EVERYBODY),
    "send_review": Rule(roles=EVERYBODY),
    "review_file": Rule(roles=EVERYBODY),
    "definition_diff": Rule(roles=EVERYBODY),
    "proposals": Rule(roles=EVERYBODY),
    "capacity": Rule(roles=EVERYBODY),
    # Marketing keeps the agreement; the form asks who of sales was present.
    "decide": Rule(roles=frozenset({Role.MARKETING, Role.ADMIN})),
    "send_decision": Rule(roles=frozenset({Role.MARKETING, Role.ADMIN})),
    "people": Rule(roles=frozenset({Role.ADMIN})),
}
"""Rules by the route's name."""


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
