"""Who may open what: one rule per route, and none means nobody.

A route without a rule is refused to everybody, and a test over the application's routes fails.
"""

from dataclasses import dataclass

from serving.ledger.access.users import Role, User

EVERYBODY = frozenset(Role)


@dataclass(frozen=True, kw_only=True)
class AccessRule:
    """Roles a route is open to; ``public`` routes are open without signing in."""

    roles: frozenset[Role] = frozenset()
    public: bool = False


PUBLIC = AccessRule(public=True)

RULES: dict[str, AccessRule] = {
    "static": PUBLIC,
    # Programs bring keys; serving/api/access.py has their rules.
    "api": PUBLIC,
    "health": PUBLIC,
    "ready": PUBLIC,
    "sign_in": PUBLIC,
    "send_sign_in": PUBLIC,
    "send_sign_in_code": PUBLIC,
    # Who has the link is its owner.
    "new_password": PUBLIC,
    "send_new_password": PUBLIC,
    "company_sign_in": PUBLIC,
    "company_signed_in": PUBLIC,
    "send_language": PUBLIC,
    "send_sign_out": AccessRule(roles=EVERYBODY),
    "home": AccessRule(roles=EVERYBODY),
    "today": AccessRule(roles=EVERYBODY),
    "worklist": AccessRule(roles=EVERYBODY),
    # A file with names leaves the house; those who only study the model do not need one.
    "worklist_csv": AccessRule(roles=EVERYBODY - {Role.DATA_SCIENCE}),
    "worklist_xlsx": AccessRule(roles=EVERYBODY - {Role.DATA_SCIENCE}),
    "lead_card": AccessRule(roles=EVERYBODY),
    # Sales answer hand-overs; marketing read the answers, they do not give them.
    "send_verdict": AccessRule(roles=frozenset({Role.SALES, Role.ADMIN})),
    "definition": AccessRule(roles=EVERYBODY),
    # Figures are everybody's; single leads in them are shown by team.
    "review": AccessRule(roles=EVERYBODY),
    "review_month": AccessRule(roles=EVERYBODY),
    "send_review": AccessRule(roles=EVERYBODY),
    "review_file": AccessRule(roles=EVERYBODY),
    "definition_diff": AccessRule(roles=EVERYBODY),
    "proposals": AccessRule(roles=EVERYBODY),
    "capacity": AccessRule(roles=EVERYBODY),
    # Marketing keeps the agreement; the form asks who of sales was present.
    "decide": AccessRule(roles=frozenset({Role.MARKETING, Role.ADMIN})),
    "send_decision": AccessRule(roles=frozenset({Role.MARKETING, Role.ADMIN})),
    "account": AccessRule(roles=EVERYBODY),
    "send_password": AccessRule(roles=EVERYBODY),
    "send_sessions": AccessRule(roles=EVERYBODY),
    "second_factor": AccessRule(roles=frozenset({Role.ADMIN})),
    # Whoever is no administrator any more may still turn theirs off.
    "send_second_factor": AccessRule(roles=EVERYBODY),
    "people": AccessRule(roles=frozenset({Role.ADMIN})),
    "add_person": AccessRule(roles=frozenset({Role.ADMIN})),
    "person": AccessRule(roles=frozenset({Role.ADMIN})),
    "send_person": AccessRule(roles=frozenset({Role.ADMIN})),
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
