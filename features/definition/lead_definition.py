"""The lead definition: what marketing and sales mean by a qualified lead, as one object."""

from functools import cached_property
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, PrivateAttr

from features.core.errors import DefinitionError
from features.definition.attributes import Attribute, Roles
from features.definition.behaviours import Behaviour
from features.definition.fingerprint import Fingerprint, fingerprint_of
from features.definition.outcome import Learning, Outcome, Snapshots, TestPeriod, Windows
from features.definition.rulebook import Rulebook
from features.definition.section import DefinitionSection, Name, Words
from features.definition.terms import (
    Agreement,
    CapacityCutOff,
    CutOffs,
    Exploration,
    Gate,
    Kpi,
    Phase,
    Sales,
    VerdictReasons,
)
from features.definition.trial import Trial
from features.definition.yaml.document import YamlDocument

T = TypeVar("T", Behaviour, Attribute)


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # A folder of the list ("Asia") is an OSError, a path that leads out of it a ValueError.
        msg = "must be a time zone of the IANA list, such as Asia/Tokyo or Europe/London"
        raise ValueError(msg) from error
    return name


class LeadDefinition(DefinitionSection):
    """What a qualified lead is, agreed by marketing and sales."""

    format: Literal[1]
    """Format of this file."""
    name: Name
    """Name of the definition."""
    title: Words
    """Its title, as people read it."""
    time_zone: Annotated[str, AfterValidator(_known_time_zone)]
    """Time zone in which days and months begin, as in Asia/Tokyo."""
    agreement: Agreement | None = None
    """Who agreed, when and why."""
    behaviours: tuple[Behaviour, ...] = ()
    """What leads do."""
    attributes: tuple[Attribute, ...] = ()
    """What is known about leads."""
    roles: Roles = Roles()
    """Attributes that group leads."""
    segments: tuple[Name, ...] = ()
    """Attributes by which reports are split."""
    windows: Windows = Windows()
    """Over which stretches of the past behaviours are counted."""
    snapshots: Snapshots = Snapshots()
    """The moments at which a lead is looked at."""
    outcome: Outcome
    """What a qualified lead becomes, and by when."""
    learning: Learning = Learning()
    """How much is learned from how many outcomes."""
    test: TestPeriod = TestPeriod()
    """What is kept apart to test a release."""
    cut_offs: CutOffs
    """How the cut-offs on the model's probability are chosen."""
    rulebook: Rulebook = Rulebook()
    """The hand-written baseline."""
    phases: tuple[Phase, ...] = ()
    """Phases of a lead's way, in order, with who leads in each."""
    kpis: tuple[Kpi, ...] = ()
    """What the teams are measured by."""
    sales: Sales | None = None
    """What sales can and promise to do."""
    verdict_reasons: VerdictReasons = VerdictReasons()
    """Reasons sales choose from."""
    exploration: Exploration = Exploration()
    """Leads below the cut-off that are handed over at random."""
    gate: Gate = Gate()
    """What a release must show before it is used."""
    trial: Trial | None = None
    """Judges side by side, by lot, for an agreed time."""

    _document: YamlDocument | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Equal if they say the same, wherever it was written."""
        if not isinstance(other, LeadDefinition):
            return NotImplemented
        return self.model_dump() == other.model_dump()

    # What holds a table of points has no hash; nothing needs one.
    __hash__ = None  # type: ignore[assignment]

    def written_in(self, document: YamlDocument) -> "LeadDefinition":
        """The same definition, knowing on which lines of a file it stands."""
        copy = self.model_copy()
        copy._document = document
        return copy

    @property
    def document(self) -> YamlDocument:
        """Where each part stands; without lines if the definition was not read from a text."""
        if self._document is not None:
            return self._document
        content = self.model_dump(mode="json")
        return YamlDocument(origin=self.name, content=content, lines={})

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What the definition says, as two hashes; see :mod:`features.definition.fingerprint`."""
        return fingerprint_of(self.model_dump(mode="json", exclude_defaults=True))

    @property
    def dated(self) -> bool:
        """Whether the data set has dates."""
        return self.snapshots.at != "undated"

    @cached_property
    def zone(self) -> ZoneInfo:
        """Time zone in which days and months begin."""
        return ZoneInfo(self.time_zone)

    @property
    def hand_overs_per_month(self) -> int | None:
        """Leads that may be handed over in a month: what sales can work, or else the capacity of
        the MQL cut-off; None where neither is agreed."""
        if self.sales is not None:
            return self.sales.capacity_per_month
        mql = self.cut_offs.mql
        return mql.per_month if isinstance(mql, CapacityCutOff) else None

    @property
    def learned_rulebook(self) -> Rulebook | None:
        """What an arm of the trial judges by beside today's rulebook; None without such an arm."""
        return None if self.trial is None else self.trial.learned_rulebook

    @property
    def lead_behaviours(self) -> tuple[Behaviour, ...]:
        """Behaviours of leads; what sales did is never judged."""
        return tuple(item for item in self.behaviours if item.actor == "lead")

    @property
    def judged_account(self) -> str | None:
        """The attribute that names the account, where what colleagues did is judged."""
        return self.roles.account if self.windows.account else None

    @property
    def feature_attributes(self) -> tuple[Attribute, ...]:
        """Attributes that may be judged: all but identifiers."""
        return tuple(item for item in self.attributes if item.kind != "identifier")

    def behaviour(self, name: str) -> Behaviour:
        """The behaviour of a name.

        Raises
        ------
        DefinitionError
            If there is none of that name.
        """
        return _named(self.behaviours, name, "behaviour")

    def attribute(self, name: str) -> Attribute:
        """The attribute of a name.

        Raises
        ------
        DefinitionError
            If there is none of that name.
        """
        return _named(self.attributes, name, "attribute")


def _named(items: tuple[T, ...], name: str, what: str) -> T:
    for item in items:
        if item.name == name:
            return item
    names = ", ".join(item.name for item in items) or "none"
    msg = f"{what} must be one of the lead definition's ({names}); got {name!r}. Declare it there."
    raise DefinitionError(msg)
