"""What a vendor's folder offers to the commands: one object for each vendor, found by name."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from features.definition import LeadDefinition
from features.importing import Mapping
from features.store import Store
from features.store.schema import CRMS
from serving.crm.account import CrmAccount
from serving.crm.inbound.records import Source
from serving.delivery.sender import Sender
from serving.workspace.workspace import Workspace


class CrmSender(Sender, Protocol):
    """A sender that tells what stopped it, so that a command can say so."""

    @property
    def stopped_by(self) -> Exception | None:
        """Why nothing more gets through; None where all was answered."""
        ...

    def clear(self, lead_id: str, record_id: str) -> str | None:
        """Empty all of our fields on a record; gives why the CRM does not take it."""
        ...


@dataclass(frozen=True, kw_only=True)
class SetUpItem:
    """Something that the CRM lacks: what it is called there, and what for."""

    name: str
    label: str
    kind: str


class Connection(Protocol):
    """An open way to one account."""

    def account(self) -> CrmAccount:
        """Which account this is."""
        ...

    def source(self, mapping: Mapping) -> Source:
        """The reading side."""
        ...

    def sender(self, store: Store) -> CrmSender:
        """The writing side."""
        ...

    def propose(self) -> str:
        """The text of a mapping for this account."""
        ...

    def lacking(self) -> list[SetUpItem]:
        """What the account does not have yet."""
        ...

    def set_up(self) -> None:
        """Make what it lacks."""
        ...

    def close(self) -> None:
        """Give back all connections."""
        ...


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One CRM.

    Attributes
    ----------
    name : str
        As commands, channels and tables call it.
    per_call : int
        Records that one call writes.
    calls_a_batch : int
        Calls for so many records, those that look first included.
    """

    name: str
    connect: Callable[[Workspace, LeadDefinition], Connection]
    per_call: int
    calls_a_batch: int

    def calls(self, n_records: int) -> int:
        """How many calls writing so many records takes."""
        return math.ceil(n_records / self.per_call) * self.calls_a_batch

    @property
    def title(self) -> str:
        """As people call it."""
        return CRMS[self.name]

    @property
    def mapping_file(self) -> str:
        """File of the workspace that says what the vendor's fields are."""
        return f"crm_{self.name}.yaml"
