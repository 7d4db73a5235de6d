"""What a vendor's folder offers to the commands: one object for each vendor, found by name."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from features.core.errors import LeadDataError
from features.core.text import Language
from features.crms import CRMS
from features.definition import LeadDefinition
from features.importing.mapping.mapping import Mapping
from features.store import Store
from serving.crm.account import CrmAccount
from serving.crm.client import CrmClient
from serving.crm.inbound.source import Source
from serving.crm.outbound.fields import PUSHED, CrmField, answer_fields, in_words
from serving.crm.outbound.sender import OutboundSender
from serving.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class SetUpItem:
    """Something that the CRM lacks: what it is called there, and what for."""

    name: str
    label: str
    kind: str

    @classmethod
    def of(
        cls, field: CrmField, languages: Sequence[Language], *, name: str, kind: str
    ) -> "SetUpItem":
        """Tell of a field of ours that is missing, or misses something.

        Parameters
        ----------
        field : CrmField
        languages : sequence of {"ja", "en"}
            Languages of the label, in their order.
        name : str
            What it is called there.
        kind : str
            What would be made.
        """
        return cls(name=name, label=in_words(field.label, languages), kind=kind)


SetUpStep = tuple[SetUpItem, Callable[[], object]]
"""Something that the CRM lacks, and making it."""


@dataclass(frozen=True, kw_only=True)
class Interface:
    """What Awase calls at a vendor: the parts that its folder holds.

    Attributes
    ----------
    open_client : callable
        Makes the client of a workspace's settings; calls nothing yet.
    source, sender : callable
        The reading and the writing side.
    propose : callable
        Writes the text of a mapping for an account.
    missing : callable
        What an account lacks of our fields, in the order in which it is made.
    per_call : int
        Records that one call writes.
    calls_a_batch : int
        Calls for so many records, those that look first included.
    """

    open_client: Callable[[Workspace], CrmClient]
    source: Callable[..., Source]
    sender: Callable[..., OutboundSender]
    propose: Callable[[Any, LeadDefinition], str]
    missing: Callable[[Any, Sequence[CrmField], Sequence[Language]], Iterable[SetUpStep]]
    per_call: int
    calls_a_batch: int = 1


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An open way to one account."""

    interface: Interface
    client: CrmClient
    definition: LeadDefinition
    languages: tuple[Language, ...]

    def account(self) -> CrmAccount:
        """Which account this is."""
        return self.client.account()

    def source(self, mapping: Mapping) -> Source:
        """The reading side."""
        answers = answer_fields(self.definition)
        return self.interface.source(client=self.client, mapping=mapping, answers=answers)

    def sender(self, store: Store) -> OutboundSender:
        """The writing side."""
        return self.interface.sender(
            client=self.client,
            store=store,
            definition=self.definition,
            languages=self.languages,
        )

    def propose(self) -> str:
        """The text of a mapping for this account."""
        return self.interface.propose(self.client, self.definition)

    def lacking(self) -> list[SetUpItem]:
        """What the account does not have yet."""
        return [item for item, _ in self._missing()]

    def set_up(self) -> None:
        """Make what it lacks."""
        for _, make in self._missing():
            make()

    def close(self) -> None:
        """Give back all connections."""
        self.client.close()

    def _missing(self) -> list[SetUpStep]:
        fields = (*PUSHED, *answer_fields(self.definition))
        return list(self.interface.missing(self.client, fields, self.languages))


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One CRM.

    Attributes
    ----------
    name : str
        As commands, channels and tables call it.
    interface : Interface or None
        What is called there; None where only its files are read.
    """

    name: str
    interface: Interface | None = None

    def connect(self, workspace: Workspace, definition: LeadDefinition) -> Connection:
        """Open the account of a workspace's settings; calls nothing yet.

        Raises
        ------
        LeadDataError
            If there is no way to get in, or the address is not safe for a token.
        """
        interface = self._interface()
        return Connection(
            interface=interface,
            client=interface.open_client(workspace),
            definition=definition,
            languages=workspace.crm_languages,
        )

    def calls(self, n_records: int) -> int:
        """How many calls writing so many records takes."""
        interface = self._interface()
        return math.ceil(n_records / interface.per_call) * interface.calls_a_batch

    def _interface(self) -> Interface:
        if self.interface is None:
            msg = (
                f"a CRM to call has an interface that Awase knows; got {self.title}, whose files "
                "alone are read. Use awase import."
            )
            raise LeadDataError(msg)
        return self.interface

    @property
    def title(self) -> str:
        """As people call it."""
        return CRMS[self.name]

    @property
    def mapping_file(self) -> str:
        """File of the workspace that says what the vendor's fields are."""
        return f"crm_{self.name}.yaml"
