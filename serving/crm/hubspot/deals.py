"""Deals: the stages each was in, as outcomes of the contacts it belongs to.

HubSpot keeps when a deal entered each stage; that, and not the close date people may edit, is when
it was won or lost. A deal opened again was not lost: only the stage it closed in for good counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from features.core.clock import from_second
from serving.crm.hubspot.client import HubspotClient, Json, pipelines
from serving.crm.hubspot.reading import leads_of, read_records, second, versions
from serving.crm.inbound.links import outcome_tag
from serving.crm.inbound.records import Deletion, Page, Position, Record

DEALS = "deals"
FIELDS = ("createdate", "amount", "pipeline", "dealname")
OPENED, WON, LOST = "opened", "won", "lost"


@dataclass(kw_only=True)
class Deals:
    """Reads deals as the engine takes them.

    Attributes
    ----------
    fields : tuple of str
        Further properties that the mapping reads.
    """

    client: HubspotClient
    fields: tuple[str, ...] = ()
    _ends: dict[str, str] | None = field(default=None, init=False)

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
        stays = versions(item, "dealstage")
        created = second(told.get("createdate") or item["createdAt"])
        known = max(created, stays[0].at) if stays else created
        yield self._row(item, about, OPENED, at=created, known=known)
        last = stays[-1] if stays else None
        stage = self._stages().get(last.value or "") if last else None
        if last is not None and stage is not None:
            yield self._row(item, about, stage, at=last.at, known=last.at)

    def _row(
        self, item: Json, about: tuple[str, ...], stage: str, *, at: int, known: int
    ) -> Record:
        told = item.get("properties", {})
        return Record(
            object=DEALS,
            record_id=item["id"],
            about=about,
            part=stage,
            fields={
                **{name: told.get(name) for name in (*FIELDS, *self.fields)},
                "stage": stage,
                "at": from_second(at).isoformat(),
                "known": from_second(known).isoformat(),
                "by": outcome_tag("hubspot", DEALS, item["id"]),
            },
        )

    def _stages(self) -> dict[str, str]:
        """Stages that end a deal, and how."""
        if self._ends is None:
            self._ends = {}
            for pipeline in self.client.get(pipelines(DEALS)).get("results", ()):
                for stage in pipeline.get("stages", ()):
                    about = stage.get("metadata", {})
                    if str(about.get("isClosed", "")).lower() == "true":
                        won = float(about.get("probability") or 0) == 1.0
                        self._ends[stage["id"]] = WON if won else LOST
        return self._ends
