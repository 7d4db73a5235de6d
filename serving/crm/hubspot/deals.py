"""Deals: the stages each was in, as outcomes of the contacts it belongs to.

HubSpot keeps when a deal entered each stage; that, and not the close date people may edit, is when
it was won or lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from serving.crm.client import Json
from serving.crm.hubspot.client import HubspotClient, pipelines
from serving.crm.hubspot.reading import leads_of, read_records, second, versions
from serving.crm.inbound.deal_ends import LOST, OPENED, WON, DealReader, Stay, end_of
from serving.crm.inbound.records import Deletion, Page, Position, Record

DEALS = "deals"
PIPELINE = "pipeline"
HOME_AMOUNT, CURRENCY = "amount_in_home_currency", "deal_currency_code"
FIELDS = ("createdate", "amount", PIPELINE, "dealname")
MADE = ("stage", "known", "given", "primary")
"""Columns that come from the stages, the contacts and the currency, not from a property."""


@dataclass(kw_only=True)
class Deals(DealReader):
    """Reads HubSpot's deals; those count whose pipeline does."""

    client: HubspotClient
    _stages: dict[str, tuple[str, str | None]] | None = field(default=None, init=False)

    def read(self, found: Sequence[Json], position: Position) -> Page:
        """A page of deals; what they gave when they were read before is replaced."""
        ids = [item["id"] for item in found]
        leads = leads_of(self.client, DEALS, found)
        told = read_records(
            self.client,
            DEALS,
            ids,
            fields=(*FIELDS, *self.fields),
            with_history=("dealstage",),
        )
        return Page(
            position=position,
            records=[row for item in told for row in self._rows(item, leads.get(item["id"], ()))],
            deletions=[Deletion(object=DEALS, record_id=key) for key in ids],
        )

    def _rows(self, item: Json, about: tuple[str, ...]) -> Iterator[Record]:
        told = item.get("properties", {})
        stays = self._stays(item)
        counted = [stay for stay in stays if self.counts(stay.pipeline)]
        if not counted and (stays or not self.counts(told.get(PIPELINE) or "")):
            return
        created = second(told.get("createdate") or item["createdAt"])
        first = counted[0] if counted else None
        entered = first.at if first is not None and first is not stays[0] else created
        pipeline = first.pipeline if first else told.get(PIPELINE) or ""
        opened = Stay(pipeline=pipeline, at=entered, end=OPENED)
        yield self._row(item, about, opened, known=max(entered, first.at) if first else entered)
        end = end_of(counted)
        if end is not None:
            yield self._row(item, about, end, known=end.at)

    def _stays(self, item: Json) -> list[Stay]:
        last = item.get("properties", {}).get(PIPELINE) or ""
        # A stage that is no more tells nothing but that the deal was somewhere.
        found = [(self._known_stages().get(v.value or "", (last, None)), v.at)
                 for v in versions(item, "dealstage")]  # fmt: skip
        return [Stay(pipeline=pipeline, at=at, end=end) for (pipeline, end), at in found]

    def _row(self, item: Json, about: tuple[str, ...], stay: Stay, *, known: int) -> Record:
        told = item.get("properties", {})
        amount, currency = told.get("amount"), told.get(CURRENCY)
        foreign = amount and currency and amount != told.get(HOME_AMOUNT)
        return Record(
            object=DEALS,
            record_id=item["id"],
            about=about,
            part=str(stay.end),
            fields={
                **{name: told.get(name) for name in (*FIELDS, *self.fields)},
                PIPELINE: stay.pipeline,
                **self.cells(stay, kind=DEALS, record_id=item["id"], known=known),
                "given": f"{amount} {currency}" if foreign else None,
                # HubSpot names no primary contact of a deal; of several nobody is told apart.
                "primary": "true" if len(about) == 1 else None,
            },
        )

    def _known_stages(self) -> dict[str, tuple[str, str | None]]:
        """The pipeline of each stage, and how the stage ends a deal."""
        if self._stages is None:
            self._stages = {
                stage["id"]: (str(pipeline["id"]), _end(stage))
                for pipeline in self.client.get(pipelines(DEALS)).get("results", ())
                for stage in pipeline.get("stages", ())
            }
        return self._stages


def _end(stage: Json) -> str | None:
    about = stage.get("metadata", {})
    if str(about.get("isClosed", "")).lower() != "true":
        return None
    return WON if float(about.get("probability") or 0) == 1.0 else LOST
