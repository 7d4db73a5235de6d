"""What a pull did, as commands and tests read it."""

from dataclasses import dataclass, field
from pathlib import Path

from features.data_clock import FutureRows
from features.importing.reporting.report import FileReport, ImportReport
from serving.crm.account import CrmAccount


@dataclass(kw_only=True)
class PullReport:
    """What a pull did.

    Attributes
    ----------
    account : CrmAccount or None
        What was read, where that was asked.
    files : tuple of FileReport
        One for each object of the CRM.
    read : dict
        Records read, by stream.
    rejects_file : path or None
        Where rejected values are listed.
    future : tuple of FutureRows
        Rows beyond the data, by table.
    mended : dict
        Records that were about other leads than the CRM says, by object.
    lacking : dict
        Fields of the mapping that the CRM does not have or show, by object.
    unlinked : tuple of str
        Deals without a contact: what became of them is nobody's.
    proposals : int
        Groups of leads that are probably one person each, and wait for somebody to say so.
    """

    vendor: str
    account: CrmAccount | None = None
    files: tuple[FileReport, ...] = ()
    read: dict[str, int] = field(default_factory=dict)
    merged: int = 0
    deleted: int = 0
    verdicts: int = 0
    verdicts_without_reason: int = 0
    rejects_file: Path | None = None
    future: tuple[FutureRows, ...] = ()
    mended: dict[str, int] = field(default_factory=dict)
    lacking: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unlinked: tuple[str, ...] = ()
    proposals: int = 0

    @property
    def tables(self) -> ImportReport:
        """The counts as an import gives them."""
        return ImportReport(
            files=self.files,
            joined=(),
            unmatched=(),
            rejects_file=self.rejects_file,
            future=self.future,
        )
