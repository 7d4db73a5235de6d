"""One account per role, to try the pages of a simulated company with."""

from features.store import Store
from features.store.people import Role, read_user
from serving.web.passwords import make_user

DEMO_PASSWORD = "awase-demo-company"
"""Known to everybody who reads this: for simulated companies only, on the reader's own machine."""


def make_demo_people(store: Store) -> tuple[str, ...]:
    """Make an account named after each role, unless it is there; give their logins."""
    for role in Role:
        if read_user(store, role.value) is None:
            make_user(store, role.value, DEMO_PASSWORD, name=role.value, role=role)
    return tuple(role.value for role in Role)
