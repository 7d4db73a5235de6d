"""Which OpenID Connect provider people may sign in through, if any."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from features.core.errors import LeadDataError
from serving.workspace.settings import Settings

EMAIL = "email"


@dataclass(frozen=True, kw_only=True)
class OidcSettings:
    """Which provider, and which of its claims is the login here.

    Attributes
    ----------
    issuer : str
        Address under which the provider publishes what it can.
    login_claim : str
        ``email``, or another claim that names people for good, such as ``preferred_username``.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    login_claim: str

    def __post_init__(self) -> None:
        """Refuse a provider that could be listened to."""
        if not is_private(self.issuer):
            msg = (
                f"AWASE_OIDC_ISSUER must be an https address; got {self.issuer}. "
                "Give the address that your provider calls its issuer."
            )
            raise LeadDataError(msg)


def oidc_settings_of(settings: Settings) -> OidcSettings | None:
    """The provider that settings name; None where they name none.

    Raises
    ------
    LeadDataError
        If they name one and not all that it needs.
    """
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None or settings.oidc_client_secret is None:
        msg = (
            "AWASE_OIDC_ISSUER needs AWASE_OIDC_CLIENT_ID and AWASE_OIDC_CLIENT_SECRET too; "
            "got not all three. Set them, or none."
        )
        raise LeadDataError(msg)
    return OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        login_claim=settings.oidc_login_claim,
    )


def is_private(address: str) -> bool:
    """Whether nobody on the way can read what is said: https, or this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _is_this_machine(parts.hostname or "")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
