"""HubSpot as the commands meet it."""

from dataclasses import dataclass

from features.core.text import LANGUAGES, Language
from features.definition import LeadDefinition
from features.importing import Mapping
from features.store import Store
from serving.crm.account import CrmAccount
from serving.crm.connector import SetUpItem, Vendor
from serving.crm.hubspot.client import PER_BATCH, HubspotClient, property_name
from serving.crm.hubspot.propose import propose
from serving.crm.hubspot.sender import CHANNEL, HubspotSender
from serving.crm.hubspot.setup import GROUP_NAME, find_missing, make_missing
from serving.crm.hubspot.source import HubspotSource
from serving.crm.outbound.fields import PUSHED, CrmField, answer_fields, in_words
from serving.crm.token import need_token
from serving.workspace.workspace import Workspace

TOKEN_NAME = "AWASE_HUBSPOT_TOKEN"


@dataclass(frozen=True, kw_only=True)
class HubspotConnection:
    """An open way to one HubSpot account."""

    client: HubspotClient
    definition: LeadDefinition
    languages: tuple[Language, ...]

    def account(self) -> CrmAccount:
        """Which account this is."""
        return self.client.account()

    def source(self, mapping: Mapping) -> HubspotSource:
        """The reading side."""
        return HubspotSource(client=self.client, mapping=mapping)

    def sender(self, store: Store) -> HubspotSender:
        """The writing side."""
        return HubspotSender(
            client=self.client,
            store=store,
            definition=self.definition,
            languages=self.languages,
        )

    def propose(self) -> str:
        """The text of a mapping for this account."""
        return propose(self.client, self.definition)

    def lacking(self) -> list[SetUpItem]:
        """Properties and their group that the account does not have yet."""
        missing = find_missing(self.client, self._fields)
        group = [SetUpItem(name=GROUP_NAME, label="", kind="group of properties")]
        return [
            *(group if missing.group else ()),
            *(
                SetUpItem(
                    name=property_name(f.name), label=in_words(f.label, self.languages), kind=kind
                )
                for fields, kind in (
                    (missing.fields, "property of contacts"),
                    (missing.choices, "further choices"),
                )
                for f in fields
            ),
        ]

    def set_up(self) -> None:
        """Make what it lacks."""
        make_missing(self.client, find_missing(self.client, self._fields), self.languages)

    def close(self) -> None:
        """Give back all connections."""
        self.client.close()

    @property
    def _fields(self) -> tuple[CrmField, ...]:
        return (*PUSHED, *answer_fields(self.definition))


def connect(workspace: Workspace, definition: LeadDefinition) -> HubspotConnection:
    """Open the account of a workspace's settings; calls nothing yet.

    Raises
    ------
    LeadDataError
        If there is no token, or the address is not safe for one.
    """
    client = HubspotClient(
        token=need_token(TOKEN_NAME, workspace.folder), url=workspace.hubspot_url
    )
    chosen = workspace.crm_language
    languages: tuple[Language, ...] = LANGUAGES if chosen == "both" else (chosen,)
    return HubspotConnection(client=client, definition=definition, languages=languages)


VENDOR = Vendor(name=CHANNEL, connect=connect, per_call=PER_BATCH, calls_a_batch=1)
