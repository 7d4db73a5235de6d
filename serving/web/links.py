"""Paths of what pages link to, made in one place: ids are whatever a CRM calls things."""

from urllib.parse import quote


def lead_path(lead_id: str) -> str:
    """Path of a lead's card.

    Examples
    --------
    >>> lead_path("a/b c")
    '/leads/a%2Fb%20c'
    """
    return f"/leads/{quote(lead_id, safe='')}"


def account_path(account: str) -> str:
    """Path of an account's page.

    Examples
    --------
    >>> account_path("C001")
    '/accounts/C001'
    """
    return f"/accounts/{quote(account, safe='')}"
