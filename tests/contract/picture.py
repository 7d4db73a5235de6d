"""Pictures of what people see of Awase in a CRM, drawn from the contract servers' own records.

To rewrite them after a field or a label changed: ``python -m tests.contract.picture``.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from features.core.text import Language, Text
from features.crms import CRMS
from features.definition import TEMPLATE, read_definition
from features.store import Store
from serving.crm.connector import SetUpStep
from serving.crm.hubspot.client import HubspotClient
from serving.crm.hubspot.sender import HubspotSender
from serving.crm.hubspot.setup import missing as hubspot_lacks
from serving.crm.outbound.fields import GROUP, PUSHED, answer_fields
from serving.crm.pipedrive.client import PipedriveClient
from serving.crm.pipedrive.sender import PipedriveSender
from serving.crm.pipedrive.setup import missing as pipedrive_lacks
from serving.crm.salesforce.client import SalesforceClient
from serving.crm.salesforce.login import Login
from serving.crm.salesforce.sender import SalesforceSender
from serving.crm.salesforce.setup import missing as salesforce_lacks
from serving.crm.token import Token
from tests.contract.hubspot.example import empty_account
from tests.contract.hubspot.server import TOKEN as HUBSPOT_TOKEN
from tests.contract.hubspot.server import serving as serving_hubspot
from tests.contract.pipedrive.example import empty_company
from tests.contract.pipedrive.server import TOKEN as PIPEDRIVE_TOKEN
from tests.contract.pipedrive.server import serving as serving_pipedrive
from tests.contract.salesforce.example import empty_org
from tests.contract.salesforce.server import TOKEN as SALESFORCE_TOKEN
from tests.contract.salesforce.server import serving as serving_salesforce

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DEFINITION = read_definition(TEMPLATE)
FIELDS = (*PUSHED, *answer_fields(DEFINITION))

REASONS = Text(
    ja="+6.2 相談フォームを送信\n+3.1 役職: 部長\n−1.4 30日間メールの開封なし",
    en="+6.2 Sent the consultation form\n+3.1 Title: director\n−1.4 No e-mail opened in 30 days",
)
Rows = list[tuple[str, str]]
ROW, LABEL_WIDTH, WIDTH, MARGIN = 22, 300, 640, 16


def told(language: Language) -> dict[str, str | float | None]:
    """An example of what is written, and of an answer of sales."""
    return {
        "qualification": "SQL",
        "probability": 0.412,
        "points": -5.1,
        "rulebook_points": 45.0,
        "rulebook_qualification": "MQL",
        "reasons": REASONS.read(language),
        "decided_at": "2026-04-01T00:00:00+00:00",
        "lead_card": "https://awase.example.com/leads/L003",
        "mql_at": "2026-04-01T00:30:00+00:00",
        "mql_count": 1,
        "verdict": "accepted",
    }


def hubspot_record(store: Store, language: Language) -> Rows:
    """Labels and values of our properties of a contact, as HubSpot's server has them."""
    account = empty_account()
    contact = account.create("contacts", {"email": "a@example.com"}).id
    with serving_hubspot(account) as server:
        client = HubspotClient(token=Token(HUBSPOT_TOKEN), url=server.url)
        _write(client, hubspot_lacks, HubspotSender, store=store, record=contact, language=language)
    thing = account.things["contacts"][contact]
    return [
        (item.label, _shown(thing.value(name), item.type, item.options))
        for name, item in account.properties["contacts"].items()
        if name.startswith("awase_")
    ]


def salesforce_record(store: Store, language: Language) -> Rows:
    """Labels and values of our fields of a lead, as Salesforce's server has them."""
    org = empty_org()
    lead = org.insert("Lead", LastName="A", OwnerId=org.user)
    with serving_salesforce(org) as server:
        client = SalesforceClient(login=Login(url=server.url, token=Token(SALESFORCE_TOKEN)))
        _write(
            client, salesforce_lacks, SalesforceSender, store=store, record=lead, language=language
        )
    row = org.records["Lead"][lead]
    return [
        (item.label, _shown(row.get(name), item.type, item.values))
        for name, item in org.fields["Lead"].items()
        if name.startswith("Awase_")
    ]


def pipedrive_record(store: Store, language: Language) -> Rows:
    """Labels and values of our fields of a person, as Pipedrive's server has them."""
    company = empty_company()
    person = company.add("persons", name="A").id
    there = set(company.fields["persons"])
    with serving_pipedrive(company) as server:
        client = PipedriveClient(token=Token(PIPEDRIVE_TOKEN), url=server.url)
        _write(
            client,
            pipedrive_lacks,
            PipedriveSender,
            store=store,
            record=str(person),
            language=language,
        )
    values = company.rows["persons"][person].custom
    return [
        (one.name, _shown(one.options.get(values.get(code), values.get(code)), one.type, ()))
        for code, one in company.fields["persons"].items()
        if code not in there
    ]


def _write(
    client: Any,
    lacks: Callable[..., Iterable[SetUpStep]],
    sender: Callable[..., Any],
    *,
    store: Store,
    record: str,
    language: Language,
) -> None:
    for _, make in list(lacks(client, FIELDS, (language,))):
        make()
    writer = sender(client=client, store=store, definition=DEFINITION, languages=(language,))
    assert writer.update({record: told(language)}) == {}
    client.close()


def _shown(value: object, kind: str, choices: Sequence[dict[str, str]]) -> str:
    """A value as the CRM's page shows it."""
    text = "" if value is None else str(value)
    for choice in choices:
        if choice["value"] == text:
            return str(choice["label"])
    if kind.casefold() == "datetime" and text:
        at = (
            datetime.fromtimestamp(int(text) / 1000, DEFINITION.zone)
            if text.isdigit()
            else datetime.fromisoformat(text).astimezone(DEFINITION.zone)
        )
        return f"{at:%Y-%m-%d %H:%M}"
    return f"{text}%" if kind.casefold() == "percent" else text


def draw(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """A record as a card, in SVG."""
    lines = list(_lines(rows))
    height = 2 * MARGIN + ROW * (len(lines) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">',
        "<style>text { font: 13px sans-serif }</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="#fff" stroke="#888"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 14}" font-weight="bold">{escape(title)}</text>',
    ]
    for number, (label, value) in enumerate(lines, start=1):
        y = MARGIN + 14 + ROW * number
        parts.append(f'<text x="{MARGIN}" y="{y}" fill="#555">{escape(label)}</text>')
        parts.append(f'<text x="{LABEL_WIDTH}" y="{y}">{escape(value)}</text>')
    return "\n".join((*parts, "</svg>", ""))


def _lines(rows: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for label, value in rows:
        first, *more = value.splitlines() or [""]
        yield label, first
        yield from (("", line) for line in more)


def pictures() -> dict[str, str]:
    """Text of each picture, by its file."""
    records = {
        "hubspot": hubspot_record,
        "salesforce": salesforce_record,
        "pipedrive": pipedrive_record,
    }
    endings: dict[Language, str] = {"ja": ".ja.svg", "en": ".svg"}
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/empty.db")
        drawn = {
            name + ending: draw(f"{CRMS[name]}: {GROUP.read(language)}", record(store, language))
            for name, record in records.items()
            for language, ending in endings.items()
        }
        store.close()
    return drawn


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for file, text in pictures().items():
        (PICTURES / file).write_text(text, encoding="utf-8")
