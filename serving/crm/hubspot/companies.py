"""What is known of a contact through its company: the company's values while the contact is there.

A contact's company is a property with a history, and so are the company's own. Together they say
what was known when: on joining, the company's values of that moment; then each change of them.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.reading import Version, read_records, versions
from serving.crm.inbound.records import FieldChange

PREFIX = "company."
"""Before the name of a company's property where it stands for the contact's."""

COMPANY = "associatedcompanyid"
"""The contact's property that holds its (primary) company."""

MOST_REMEMBERED = 100_000
"""Companies whose histories are held in memory; some 1 kB each."""


@dataclass(kw_only=True)
class Companies:
    """Histories of companies, read when a contact needs them."""

    client: HubspotClient
    fields: tuple[str, ...]
    _known: dict[str, dict[str, list[Version]]] = field(default_factory=dict)

    def load(self, ids: Collection[str]) -> None:
        """Read companies that are not known yet."""
        lacking = sorted(set(ids) - self._known.keys())
        if len(self._known) + len(lacking) > MOST_REMEMBERED:
            self._known.clear()
            lacking = sorted(set(ids))
        for record in read_records(
            self.client, "companies", lacking, fields=(), with_history=self.fields
        ):
            self._known[record["id"]] = {name: versions(record, name) for name in self.fields}

    def forget(self, ids: Collection[str]) -> None:
        """Read these anew when they are next needed."""
        for key in ids:
            self._known.pop(key, None)

    def changed_since(self, ids: Sequence[str], since: int) -> list[str]:
        """Those of some companies of which anything we read has changed."""
        self.forget(ids)
        self.load(ids)
        return [
            key
            for key in ids
            if any(found and found[-1].at >= since for found in self._known.get(key, {}).values())
        ]

    def changes(self, contact: str, stays: Sequence[Version]) -> Iterator[FieldChange]:
        """What became known of a contact through the companies it was at.

        Parameters
        ----------
        stays : sequence of Version
            Versions of the contact's company, the oldest first.
        """
        for name in self.fields:
            told: str | None = None
            for number, stay in enumerate(stays):
                until = stays[number + 1].at if number + 1 < len(stays) else None
                for version in self._during(stay, until, name):
                    if version.value != told:
                        told = version.value
                        yield FieldChange(
                            record_id=contact,
                            field=PREFIX + name,
                            value=told,
                            known_at=version.at,
                        )

    def _during(self, stay: Version, until: int | None, name: str) -> Iterator[Version]:
        """The value on arrival, then its changes before the contact leaves."""
        history = self._known.get(stay.value or "", {}).get(name, [])
        here = bisect_right([version.at for version in history], stay.at)
        before = history[here - 1].value if here else None
        yield Version(value=before, at=stay.at, by=stay.by)
        yield from (v for v in history[here:] if until is None or v.at < until)
