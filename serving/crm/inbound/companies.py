"""What is known of a contact through its company: the company's values while the contact is there.

A contact's company is a field with a history, and so are the company's own. Together they say
what was known when: on joining, the company's values of that moment; then each change of them.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.inbound.records import FieldChange, Version

PREFIX = "company."
"""Before the name of a company's field where it stands for the contact's."""

Histories = dict[str, list[Version]]

MOST_REMEMBERED = 100_000
"""Companies whose histories are held in memory; some 1 kB each."""


@dataclass(kw_only=True)
class Companies:
    """Histories of companies, read when a contact needs them.

    Attributes
    ----------
    read : callable
        Gives companies with the histories of their fields, by their ids.
    """

    read: Callable[[Sequence[str]], Iterable[tuple[str, Histories]]]
    fields: tuple[str, ...]
    _known: dict[str, Histories] = field(default_factory=dict)

    def load(self, ids: Collection[str]) -> None:
        """Read companies that are not known yet."""
        lacking = sorted(set(ids) - self._known.keys())
        if len(self._known) + len(lacking) > MOST_REMEMBERED:
            self._known.clear()
            lacking = sorted(set(ids))
        # Nobody asks again for one that is gone for good.
        self._known.update({key: {} for key in lacking} | dict(self.read(lacking)))

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

    def newest(self, key: str | None, name: str) -> str | None:
        """What a field of a company is now."""
        history = self._known.get(key or "", {}).get(name)
        return history[-1].value if history else None

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
