"""Mail domains that belong to no company: free mail and throw-away addresses."""


def is_free_mail(domain: str | None) -> bool | None:
    """Whether anyone can have an address there; None where no domain is given."""
    raise NotImplementedError


def is_disposable(domain: str | None) -> bool | None:
    """Whether addresses there are thrown away; None where no domain is given."""
    raise NotImplementedError
