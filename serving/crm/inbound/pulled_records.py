"""Pages of a CRM put together, until there are enough of them to be stored."""

from dataclasses import dataclass, field

from serving.crm.inbound.records import Deletion, FieldChange, Page, Record, SalesAnswer


@dataclass(kw_only=True)
class PulledRecords:
    """Pages put together; what comes again replaces what came before."""

    records: dict[tuple[str, str, str], Record] = field(default_factory=dict)
    changes: dict[tuple[str, str, int], FieldChange] = field(default_factory=dict)
    merges: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # Merged records whose values are no part of what became of them.
    replaced: set[str] = field(default_factory=set)
    # Merged records that are no more.
    ended: set[str] = field(default_factory=set)
    deletions: list[Deletion] = field(default_factory=list)
    answers: list[SalesAnswer] = field(default_factory=list)
    alike: list[tuple[str, str]] = field(default_factory=list)
    rewritten: set[str] = field(default_factory=set)
    # Which rows of each record there are.
    _parts: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, page: Page) -> None:
        """Put a page to those before it."""
        for gone in page.deletions:
            # What an earlier page said of it stands no more.
            for part in self._parts.pop((gone.object, gone.record_id), ()):
                del self.records[gone.object, gone.record_id, part]
        for record in page.records:
            self.records[record.object, record.record_id, record.part] = record
            self._parts.setdefault((record.object, record.record_id), set()).add(record.part)
        for change in page.changes:
            self.changes[change.record_id, change.field, change.known_at] = change
        for merge in page.merges:
            before = self.merges.get(merge.kept, ())
            self.replaced.update(merge.merged if merge.replaced else ())
            self.ended.update(() if merge.lives_on else merge.merged)
            self.merges[merge.kept] = tuple(dict.fromkeys((*before, *merge.merged)))
        self.deletions += page.deletions
        self.answers += page.answers
        self.alike += page.alike
        self.rewritten.update(page.rewritten)

    @property
    def n_rows(self) -> int:
        """How much there is to store."""
        return len(self.records) + len(self.changes) + len(self.deletions)
