"""Amounts of money as people type them."""


def read_money(text: str | None, currency: str) -> float | None:
    """Amount in a currency; None where the text states no amount in it."""
    raise NotImplementedError
