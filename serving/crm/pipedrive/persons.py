"""Persons: the lead's record, what became known when, what sales said, who went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.inbound.companies import PREFIX, Companies, Histories
from serving.crm.inbound.records import (
    FieldChange,
    Merge,
    Page,
    Position,
    Record,
    SalesAnswer,
    Version,
    dated_changes,
)
from serving.crm.inbound.sales_answers import answers_of
from serving.crm.inbound.source import deletions_of
from serving.crm.outbound.fields import ANSWERED, CrmField
from serving.crm.pipedrive.client import V2, PipedriveClient
from serving.crm.pipedrive.fields import (
    ORGANIZATIONS,
    PERSONS,
    PipedriveField,
    ours,
    value_of,
)
from serving.crm.pipedrive.history import FieldHistory, read_history

CREATED = "add_time"
COMPANY = "org_id"
"""The person's field that holds its organisation."""


@dataclass(kw_only=True)
class Persons:
    """Reads persons as the engine takes them.

    Attributes
    ----------
    fields : tuple of str
        Fields read as they stand; ``company.`` before a name means the organisation's.
    history : tuple of str
        Fields read with their history.
    answers : tuple of CrmField
        What sales fill in.
    """

    client: PipedriveClient
    fields: tuple[str, ...]
    history: tuple[str, ...]
    answers: tuple[CrmField, ...]
    companies: Companies = field(init=False)

    def __post_init__(self) -> None:
        named = dict.fromkeys((*self.fields, *self.history))
        theirs = tuple(n.removeprefix(PREFIX) for n in named if n.startswith(PREFIX))
        self.companies = Companies(read=self._organizations, fields=theirs)

    def read(self, ids: Sequence[str], position: Position) -> Page:
        """A page of persons by id."""
        return self.page(list(self.client.by_id(PERSONS, ids)), position)

    def page(self, found: Sequence[Json], position: Position) -> Page:
        """A page of persons as Pipedrive lists them."""
        alive = [item for item in found if not item.get("is_deleted")]
        histories = {item["id"]: self._history(item) for item in alive}
        stays = {item["id"]: self._stays(item, histories[item["id"]]) for item in alive}
        if self.companies.fields:
            self.companies.load({v.value for own in stays.values() for v in own if v.value})
        return Page(
            position=position,
            records=[self._record(item, stays[item["id"]]) for item in alive],
            changes=[
                change
                for item in alive
                for change in self._changes(item, histories[item["id"]], stays[item["id"]])
            ],
            answers=[a for item in alive for a in self._answers(item, histories[item["id"]])],
        )

    def vanished(self, ids: Sequence[str]) -> Page:
        """What became of persons that are listed no more.

        A merge leaves no trace but this: whoever stays has the addresses of who went. Somebody
        deleted whose address another one has is taken for the same person, too.
        """
        kept = {key: found for key in ids if (found := self._who_has_addresses_of(key))}
        page = self.read(sorted(set(kept.values())), {})
        return Page(
            position={},
            records=page.records,
            changes=page.changes,
            answers=page.answers,
            merges=[Merge(kept=who, merged=(key,), replaced=True) for key, who in kept.items()],
            deletions=deletions_of(PERSONS, [key for key in ids if key not in kept]),
        )

    def own_fields(self) -> dict[str, PipedriveField]:
        """Fields of a person that Pipedrive lists, by key."""
        return self.client.fields(PERSONS)

    def _who_has_addresses_of(self, key: str) -> str | None:
        gone = self.client.even_if_deleted(PERSONS, key) or {}
        for item in gone.get("emails") or ():
            query = {"term": str(item["value"]), "fields": "email", "exact_match": "true"}
            found = self.client.get(f"{V2}/{PERSONS}/search", query).get("data") or {}
            others = {str(one["item"]["id"]) for one in found.get("items", ())} - {key}
            alive = [str(one["id"]) for one in self.client.by_id(PERSONS, sorted(others))]
            if alive:
                return min(alive, key=int)
        return None

    def _history(self, item: Json) -> FieldHistory:
        known = self.own_fields()
        wanted = {name for name in self.history if not name.startswith(PREFIX)}
        wanted |= {COMPANY} if self.companies.fields else set()
        answered = self._answer_fields()
        if any(value_of(item, one) is not None for one in answered.values()):
            wanted |= {one.key for one in answered.values()}
        fields = {key: known[key] for key in wanted if key in known}
        return read_history(self.client, PERSONS, record=item, fields=fields)

    def _answer_fields(self) -> dict[str, PipedriveField]:
        return ours(self.answers, self.own_fields())

    def _stays(self, item: Json, history: FieldHistory) -> list[Version]:
        """Organisations that a person was at."""
        own = self.own_fields().get(COMPANY)
        return [] if own is None or not self.companies.fields else history.versions(own, item)

    def _record(self, item: Json, stays: Sequence[Version]) -> Record:
        key, known = str(item["id"]), self.own_fields()
        cells: dict[str, str | None] = {}
        for name in self.fields:
            if name.startswith(PREFIX):
                company = stays[-1].value if stays else None
                cells[name] = self.companies.newest(company, name.removeprefix(PREFIX))
            elif name == CREATED:
                cells[name] = item[CREATED]
            elif name in known:
                cells[name] = value_of(item, known[name])
        return Record(object=PERSONS, record_id=key, about=(key,), fields=cells)

    def _changes(
        self, item: Json, history: FieldHistory, stays: Sequence[Version]
    ) -> Iterator[FieldChange]:
        key, known = str(item["id"]), self.own_fields()
        for name in self.history:
            if name in known:
                yield from dated_changes(
                    key,
                    name,
                    first=history.first(known[name], item),
                    since=history.created,
                    later=history.later(name),
                )
        asked = {change for change in self.history if change.startswith(PREFIX)}
        yield from (c for c in self.companies.changes(key, stays) if c.field in asked)

    def _answers(self, item: Json, history: FieldHistory) -> Iterator[SalesAnswer]:
        found = self._answer_fields()
        said, reasons, comments = (
            self._said(found.get(name), name, item, history) for name in ANSWERED
        )
        return answers_of(str(item["id"]), said, reasons=reasons, comments=comments)

    def _said(
        self, own: PipedriveField | None, name: str, item: Json, history: FieldHistory
    ) -> list[Version]:
        """Values of an answer's field, choices by our names for them."""
        if own is None:
            return []
        (answer,) = (item for item in self.answers if item.name == name)
        numbers = {value: own.number_of(words) for value, words in answer.choices}
        named = {own.options[number]: value for value, number in numbers.items() if number}
        return [
            Version(value=named.get(v.value or "", v.value), at=v.at, by=v.by)
            for v in (history.later(own.key) or history.versions(own, item))
        ]

    def _organizations(self, ids: Sequence[str]) -> Iterator[tuple[str, Histories]]:
        """Organisations with what their fields were, by id.

        One in the bin is read, too: what it was remains what was known of its persons then.
        """
        known = self.client.fields(ORGANIZATIONS)
        wanted = {name: known[name] for name in self.companies.fields if name in known}
        alive = list(self.client.by_id(ORGANIZATIONS, ids))
        lacking = sorted(set(ids) - {str(item["id"]) for item in alive})
        binned = (self.client.even_if_deleted(ORGANIZATIONS, key) for key in lacking)
        for item in (*alive, *filter(None, binned)):
            history = read_history(self.client, ORGANIZATIONS, record=item, fields=wanted)
            found = {name: history.versions(one, item) for name, one in wanted.items()}
            yield str(item["id"]), found


def persons_of(client: PipedriveClient, organizations: Sequence[str]) -> Iterator[Json]:
    """Persons of some organisations."""
    for key in organizations:
        yield from client.listed(f"{V2}/{PERSONS}", {"org_id": key})
