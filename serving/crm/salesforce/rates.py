"""Amounts in the organisation's own currency, by its own rates, dated ones where it keeps them."""

from contextlib import suppress
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.errors import CrmRefused
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.values import as_text

CURRENCY = "CurrencyIsoCode"
"""Field that records have only where the organisation has several currencies."""
CLOSE = "CloseDate"
"""Day whose rate Salesforce takes for an opportunity."""


@dataclass(kw_only=True)
class Rates:
    """Rates of an organisation; one with a single currency needs none.

    Attributes
    ----------
    kind : str
        Object with the amounts.
    """

    client: SalesforceClient
    kind: str
    _plain: dict[str, float] = field(default_factory=dict, init=False)
    _dated: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict, init=False)
    _home: str = field(default="", init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Fields to ask for."""
        return (CURRENCY, CLOSE) if CURRENCY in self.client.fields(self.kind) else ()

    def at_home(self, row: Json) -> str | None:
        """The amount of a record in the organisation's currency; None where no rate is known."""
        amount, currency = row.get("Amount"), row.get(CURRENCY)
        if amount is None or not currency:
            return as_text(amount)
        rate = self._rate(str(currency), str(row.get(CLOSE) or ""))
        return None if not rate else as_text(round(float(amount) / rate, 2))

    def given(self, row: Json) -> str | None:
        """The amount with its currency, where that is another one."""
        amount, currency = as_text(row.get("Amount")), row.get(CURRENCY)
        if amount is None or not currency:
            return None
        self._load()
        return None if currency == self._home else f"{amount} {currency}"

    def _rate(self, currency: str, day: str) -> float | None:
        self._load()
        for begins, ends, rate in self._dated.get(currency, ()):
            if begins <= day < ends:
                return rate
        return self._plain.get(currency)

    def _load(self) -> None:
        if self._plain:
            return
        for row in self.client.rows(
            "SELECT IsoCode, ConversionRate, IsCorporate FROM CurrencyType"
        ):
            self._plain[row["IsoCode"]] = float(row["ConversionRate"])
            if row["IsCorporate"] in (True, "true"):
                self._home = row["IsoCode"]
        # Only organisations that keep dated rates have this object.
        with suppress(CrmRefused):
            for row in self.client.rows(
                "SELECT IsoCode, StartDate, NextStartDate, ConversionRate FROM DatedConversionRate"
            ):
                span = (row["StartDate"], row["NextStartDate"], float(row["ConversionRate"]))
                self._dated.setdefault(row["IsoCode"], []).append(span)
