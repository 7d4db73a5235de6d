"""What became known of a record when, from the log that Pipedrive keeps of its fields.

An entry says what a field was before and after. The first entry of a field therefore tells the
value it had from the start; a field without entries has had today's value all along.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.inbound.records import Version
from serving.crm.pipedrive.client import V1, PipedriveClient
from serving.crm.pipedrive.fields import PipedriveField, second, value_of


@dataclass(kw_only=True)
class FieldHistory:
    """Values that the fields of one record had.

    Attributes
    ----------
    created : int
        Second at which the record was made.
    """

    created: int
    _first: dict[str, str | None] = field(default_factory=dict)
    _later: dict[str, list[Version]] = field(default_factory=dict)

    def add(self, item: PipedriveField, entry: Json) -> None:
        """Put an entry of the log to those before it."""
        self._first.setdefault(item.key, item.as_text(entry["old_value"]))
        version = Version(
            value=item.as_text(entry["new_value"]),
            at=second(entry["time"]),
            by=f"pipedrive user {entry['actor_user_id']}",
        )
        self._later.setdefault(item.key, []).append(version)

    def first(self, item: PipedriveField, record: Json) -> str | None:
        """The value from the start."""
        return self._first[item.key] if item.key in self._first else value_of(record, item)

    def later(self, key: str) -> list[Version]:
        """The values after it, the oldest first."""
        return self._later.get(key, [])

    def versions(self, item: PipedriveField, record: Json) -> list[Version]:
        """All values, the oldest first."""
        return [Version(value=self.first(item, record), at=self.created), *self.later(item.key)]


def read_history(
    client: PipedriveClient, kind: str, *, record: Json, fields: Mapping[str, PipedriveField]
) -> FieldHistory:
    """Read how fields of a record changed.

    Parameters
    ----------
    client : PipedriveClient
    kind : str
        Pipedrive's name of the object, such as ``persons``.
    record : dict
        The record, with when it was made.
    fields : mapping
        Fields to read, by key.
    """
    history = FieldHistory(created=second(record["add_time"]))
    entries = _entries(client, kind, str(record["id"])) if fields else ()
    for entry in sorted(entries, key=lambda entry: str(entry["time"])):
        item = fields.get(str(entry["field_key"]))
        if item is not None:
            history.add(item, entry)
    return history


def _entries(client: PipedriveClient, kind: str, key: str) -> Iterator[Json]:
    return client.listed(f"{V1}/{kind}/{key}/changelog")
