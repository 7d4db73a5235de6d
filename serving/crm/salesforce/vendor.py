"""Salesforce as the commands meet it."""

from dataclasses import dataclass

from features.core.text import LANGUAGES, Language
from features.definition import LeadDefinition
from features.importing import Mapping
from features.store import Store
from serving.crm.account import CrmAccount
from serving.crm.connector import SetUpItem, Vendor
from serving.crm.outbound.fields import PUSHED, CrmField, answer_fields, in_words
from serving.crm.salesforce.client import PER_COLLECTION, SalesforceClient
from serving.crm.salesforce.login import read_login
from serving.crm.salesforce.propose import propose
from serving.crm.salesforce.sender import CHANNEL, SalesforceSender
from serving.crm.salesforce.setup import find_missing, make_missing, names_of
from serving.crm.salesforce.source import SalesforceSource
from serving.crm.salesforce.values import PERMISSION_SET, field_name
from serving.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class SalesforceConnection:
    """An open way to one organisation."""

    client: SalesforceClient
    definition: LeadDefinition
    languages: tuple[Language, ...]

    def account(self) -> CrmAccount:
        """Which account this is."""
        return self.client.account()

    def source(self, mapping: Mapping) -> SalesforceSource:
        """The reading side."""
        return SalesforceSource(client=self.client, mapping=mapping)

    def sender(self, store: Store) -> SalesforceSender:
        """The writing side."""
        return SalesforceSender(
            client=self.client,
            store=store,
            definition=self.definition,
            languages=self.languages,
        )

    def propose(self) -> str:
        """The text of a mapping for this organisation."""
        return propose(self.client, self.definition)

    def lacking(self) -> list[SetUpItem]:
        """Fields, and the permission to see them, that the organisation does not have yet."""
        missing = find_missing(self.client, self._fields)
        items = [
            SetUpItem(name=name, label=self._label(item), kind="custom field")
            for name, item in names_of(missing)
        ]
        items += [
            SetUpItem(
                name=f"{kind}.{field_name(item.name)}",
                label=self._label(item),
                kind="further choices",
            )
            for kind, item in missing.choices
        ]
        if missing.fields or missing.key:
            items.append(
                SetUpItem(
                    name=PERMISSION_SET,
                    label="",
                    kind="permission set that shows them, for our user; assign it to sales",
                )
            )
        return items

    def set_up(self) -> None:
        """Make what it lacks."""
        make_missing(self.client, find_missing(self.client, self._fields), self.languages)

    def close(self) -> None:
        """Give back all connections."""
        self.client.close()

    @property
    def _fields(self) -> tuple[CrmField, ...]:
        return (*PUSHED, *answer_fields(self.definition))

    def _label(self, item: CrmField | None) -> str:
        if item is None:
            return "Awase key"
        return in_words(item.label, self.languages)


def connect(workspace: Workspace, definition: LeadDefinition) -> SalesforceConnection:
    """Open the organisation of a workspace's settings; calls nothing yet.

    Raises
    ------
    LeadDataError
        If there is no way to get in, or the address is not safe for a token.
    """
    login = read_login(
        workspace.folder,
        url=workspace.salesforce_url,
        username=workspace.salesforce_username,
        domain=workspace.salesforce_domain,
    )
    chosen = workspace.crm_language
    languages: tuple[Language, ...] = LANGUAGES if chosen == "both" else (chosen,)
    return SalesforceConnection(
        client=SalesforceClient(login=login), definition=definition, languages=languages
    )


VENDOR = Vendor(
    name=CHANNEL,
    connect=connect,
    per_call=PER_COLLECTION,
    # Where converted leads went is asked before.
    calls_a_batch=2,
)
