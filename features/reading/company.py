"""Company names without their legal form, and numbers of employees."""


def normalise_company(text: str | None) -> str:
    """Company name as compared: without legal form, width, case and punctuation."""
    raise NotImplementedError


def read_company_size(text: str | None) -> float | None:
    """Number of employees; None where the text states none."""
    raise NotImplementedError
