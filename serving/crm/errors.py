"""How a CRM may let us down: one sentence each with what to do; what was stored stays."""

from features.core.errors import AwaseError, Refusal


class CrmUnavailable(AwaseError):
    """The CRM did not answer, again and again."""


class TokenRefused(AwaseError):
    """The CRM does not, or no longer, accept the token, or the token may not do this."""


class QuotaSpent(Refusal):
    """The account's quota for the day is spent: going on would only harm other programs."""


class CrmRefused(AwaseError):
    """The CRM does not accept a request as a whole."""

    def __init__(self, message: str, *, status: int, said: str) -> None:
        super().__init__(message)
        self.status = status
        self.said = said

    @property
    def may_be_one_record(self) -> bool:
        """Whether one of several records may be the reason: the address and the way are right."""
        return self.status >= 400


class UncertainReply(AwaseError):
    """A request that creates something was sent and no answer came: it may have been done."""
