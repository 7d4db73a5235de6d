"""Deals and activities: what each was when, as outcomes and events of the persons they are about.

A deal is open, won or lost; its stage says in which pipeline. Both have a history, and that is when
a deal was won or lost. Pipedrive keeps no rates: what is in another currency is told, not counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.inbound.deal_ends import LOST, OPENED, WON, DealReader, Stay, end_of
from serving.crm.inbound.records import Page, Position, Record
from serving.crm.inbound.source import deletions_of
from serving.crm.pipedrive.client import V2, PipedriveClient
from serving.crm.pipedrive.fields import ACTIVITIES, DEALS, PipedriveField, second, value_of
from serving.crm.pipedrive.history import read_history

PIPELINE, STATUS, STAGE = "pipeline_id", "status", "stage_id"
HOME_VALUE = "value_in_home_currency"
OF_DEALS = ("stage", "known", "given", "primary", PIPELINE, HOME_VALUE)
"""Columns of deals that come from histories and the currency, not from a field of that name."""

DONE_AT = "marked_as_done_time"
OF_ACTIVITIES = ("type", "known")
"""Columns of activities that are no field of that name, or that every one has."""


def row_id(kind: str, key: object) -> str:
    """Id of a record here: Pipedrive counts every object's from 1."""
    return f"{PipedriveClient.vendor}-{kind}-{key}"


def own_id(record_id: str) -> str:
    """Pipedrive's number in the id of a record here."""
    return record_id.rpartition("-")[2]


@dataclass(kw_only=True)
class PipedriveDeals(DealReader):
    """Reads Pipedrive's deals; those count whose pipeline does."""

    client: PipedriveClient
    _pipelines: dict[str, str] = field(default_factory=dict, init=False)

    def page(self, found: Sequence[Json], position: Position) -> Page:
        """A page of deals; what they gave when they were read before is replaced."""
        alive = [item for item in found if not item.get("is_deleted")]
        return Page(
            position=position,
            records=[row for item in alive for row in self._rows(item)],
            deletions=deletions_of(DEALS, [row_id(DEALS, item["id"]) for item in found]),
        )

    def _rows(self, item: Json) -> Iterator[Record]:
        stays = self._stays(item)
        counted = [stay for stay in stays if self.counts(stay.pipeline)]
        if not counted:
            return
        first = counted[0]
        yield self._row(item, Stay(pipeline=first.pipeline, at=first.at, end=OPENED))
        end = end_of(counted)
        if end is not None:
            yield self._row(item, end)

    def _stays(self, item: Json) -> list[Stay]:
        """Every pipeline and status the deal was in, since it was made."""
        known = self.client.fields(DEALS)
        asked = {key: known[key] for key in (STATUS, STAGE) if key in known}
        history = read_history(self.client, DEALS, record=item, fields=asked)
        status = history.first(asked[STATUS], item)
        stage = history.first(asked[STAGE], item)
        changes = sorted(
            (version.at, key, version.value) for key in asked for version in history.later(key)
        )
        stays = [self._stay(stage, status, history.created)]
        for at, key, value in changes:
            status, stage = (value, stage) if key == STATUS else (status, value)
            stays.append(self._stay(stage, status, at))
        return stays

    def _stay(self, stage: str | None, status: str | None, at: int) -> Stay:
        end = {"won": WON, "lost": LOST}.get(status or "")
        return Stay(pipeline=self._pipeline_of(stage or ""), at=at, end=end)

    def _pipeline_of(self, stage: str) -> str:
        if not self._pipelines:
            self._pipelines = {
                str(item["id"]): str(item[PIPELINE]) for item in self.client.listed(f"{V2}/stages")
            }
        return self._pipelines.get(stage, "")

    def _row(self, item: Json, stay: Stay) -> Record:
        key, person = row_id(DEALS, item["id"]), item.get("person_id")
        known = self.client.fields(DEALS)
        value, currency = item.get("value"), item.get("currency")
        foreign = currency and currency != self.client.home_currency
        return Record(
            object=DEALS,
            record_id=key,
            about=() if person is None else (str(person),),
            part=str(stay.end),
            fields={
                **{name: value_of(item, known[name]) for name in self.fields if name in known},
                PIPELINE: stay.pipeline,
                HOME_VALUE: None if foreign or value is None else str(value),
                "given": f"{value} {currency}" if foreign and value is not None else None,
                **self.cells(stay, kind=DEALS, record_id=key),
                # The deal's person; Pipedrive lists further participants deal by deal alone.
                "primary": "true",
            },
        )


def activity_page(
    found: Sequence[Json], position: Position, fields: dict[str, PipedriveField]
) -> Page:
    """Make a page of activities; one that is not done is a plan, and gives nothing.

    Parameters
    ----------
    found : sequence of dict
        As Pipedrive lists them.
    position : mapping
        Where the stream goes on after this page.
    fields : dict
        Further fields that the mapping reads, by key.
    """
    return Page(
        position=position,
        records=[
            Record(
                object=ACTIVITIES,
                record_id=row_id(ACTIVITIES, item["id"]),
                about=people_of(item),
                fields={
                    **{name: value_of(item, one) for name, one in fields.items()},
                    "type": item.get("type"),
                    "at": _happened(item),
                    "known": item.get(DONE_AT),
                },
            )
            for item in found
            if is_done(item)
        ],
        deletions=deletions_of(ACTIVITIES, [row_id(ACTIVITIES, item["id"]) for item in found]),
    )


def is_done(item: Json) -> bool:
    """Whether an activity is one that happened."""
    return bool(item.get("done") and item.get(DONE_AT)) and not item.get("is_deleted")


def people_of(item: Json) -> tuple[str, ...]:
    """Persons of a deal or an activity."""
    listed = [one["person_id"] for one in item.get("participants") or ()]
    return tuple(dict.fromkeys(str(key) for key in (item.get("person_id"), *listed) if key))


def _happened(item: Json) -> str:
    """When an activity was due, if it had an hour, and before it was ticked off; else that."""
    done = str(item[DONE_AT])
    if not item.get("due_date") or not item.get("due_time"):
        return done
    due = f"{item['due_date']}T{str(item['due_time'])[:5]}:00Z"
    return due if second(due) <= second(done) else done
