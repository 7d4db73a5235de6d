"""Forms people sent, the newest first; the address in the form says which contact it was."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from serving.crm.client import Json
from serving.crm.hubspot.client import FORMS, SUBMISSIONS, HubspotClient, next_page
from serving.crm.hubspot.reading import read_records
from serving.crm.hubspot.walk import OVERLAP
from serving.crm.inbound.records import Page, Position, Record

FORM_SUBMISSIONS = "form_submissions"
PER_PAGE = 50
ADDITIONAL = "hs_additional_emails"


@dataclass(frozen=True, kw_only=True)
class Forms:
    """Reads submissions form by form, in the order of their ids.

    Attributes
    ----------
    holder : callable
        The contact that had an address at a second and has another one now.
    """

    client: HubspotClient
    holder: Callable[[str, int], str | None] = lambda _address, _at: None

    def forms(self) -> list[Json]:
        """All forms, by id."""
        found = self.client.listed(FORMS, {"limit": str(PER_PAGE)})
        return sorted(found, key=lambda form: str(form["id"]))

    def pages(self, position: Position | None) -> Iterator[Page]:
        """Submissions since the walk before; the first time all."""
        place = dict(position or {})
        since = int(place.get("since", 0))
        forms = self.forms()
        overlap = int(OVERLAP.total_seconds() * 1000)
        began = place.get("began") or int(self.client.server_time.timestamp() * 1000) - overlap
        for form in forms:
            if str(form["id"]) < str(place.get("form", "")):
                continue
            after = place.get("after") if str(form["id"]) == place.get("form") else None
            for sent, then in self._of_form(form, after, since):
                here = {"since": since, "began": began, "form": str(form["id"]), "after": then}
                yield Page(position=here, records=self._records(form, sent))
        yield Page(position={"since": began})

    def _of_form(
        self, form: Json, after: str | None, since: int
    ) -> Iterator[tuple[list[Json], str | None]]:
        while True:
            query = {"limit": str(PER_PAGE)} | ({"after": after} if after else {})
            page = self.client.get(f"{SUBMISSIONS}/{form['id']}", query)
            results = page.get("results", [])
            sent = [item for item in results if int(item["submittedAt"]) >= since]
            after = next_page(page)
            yield sent, after
            if after is None or len(sent) < len(results):
                return

    def _records(self, form: Json, sent: Sequence[Json]) -> list[Record]:
        addresses = {item["conversionId"]: _address(item) for item in sent}
        contacts = self._contacts(sorted({key for key in addresses.values() if key}))
        senders = {
            item["conversionId"]: self.holder(address, int(item["submittedAt"]) // 1000)
            or contacts.get(address)
            for item in sent
            if (address := addresses[item["conversionId"]])
        }
        return [
            Record(
                object=FORM_SUBMISSIONS,
                record_id=item["conversionId"],
                about=(sender,),
                fields={
                    "form": form.get("name", ""),
                    "form_id": str(form["id"]),
                    "sent_at": _instant(int(item["submittedAt"])),
                },
            )
            for item in sent
            if (sender := senders.get(item["conversionId"])) is not None
        ]

    def _contacts(self, addresses: Sequence[str]) -> dict[str, str]:
        if not addresses:
            return {}
        # A contact that was merged answers to the addresses it had before, too.
        fields = ("email", ADDITIONAL)
        contacts = {}
        for item in read_records(self.client, "contacts", addresses, fields=fields, by="email"):
            told = item["properties"]
            for address in (told.get("email") or "", *(told.get(ADDITIONAL) or "").split(";")):
                contacts[address.strip().casefold()] = item["id"]
        return contacts


def _address(item: Json) -> str:
    values = {value["name"]: value.get("value") for value in item.get("values", ())}
    return str(values.get("email") or "").strip().casefold()


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, tz=UTC).isoformat()
