"""What somebody wants to change in the agreement, and the text that makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from features.core.errors import DefinitionError
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.rulebook import Rulebook
from features.definition.targets import targets_beyond_capacity
from features.definition.terms import Agreement, CapacityCutOff, Signature
from features.definition.yaml.write import with_part, with_rulebook, with_value, without_item
from training.cutoffs.capacity import at_capacity

List = Literal["behaviours", "attributes"]

POINTS = "points_"
"""Before a rule's name, the field with its points."""

DROP = "drop_"
"""Before a part's name, the field that drops it."""

MOST = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ChosenChanges:
    """Changes to the newest version, any of which may be left out.

    Attributes
    ----------
    per_month : int or None
        Leads that may cross the MQL cut-off in a month.
    learned : bool
        Whether to take the learned rulebook.
    points : mapping from rule to int
        Points that are to differ from the newest version's.
    mql_points, sql_points : int or None
        Thresholds of the rulebook.
    within_capacity : bool
        Whether KPI targets beyond the capacity come down to it.
    dropped : tuple of str
        Behaviours and attributes to leave out.
    back_to : int or None
        An earlier version to say again, whole; nothing else is changed then.
    """

    per_month: int | None = None
    within_capacity: bool = False
    learned: bool = False
    points: Mapping[str, int] = field(default_factory=dict)
    mql_points: int | None = None
    sql_points: int | None = None
    dropped: tuple[str, ...] = ()
    back_to: int | None = None

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "ChosenChanges":
        """The choice that a form or an address holds; empty fields choose nothing.

        Raises
        ------
        DefinitionError
            If a number is none.
        """
        points = {
            name.removeprefix(POINTS): _whole(name, value)
            for name, value in fields.items()
            if name.startswith(POINTS) and value.strip()
        }
        return cls(
            per_month=_number(fields, "per_month"),
            within_capacity=bool(fields.get("within_capacity")),
            learned=fields.get("rulebook") == "learned",
            points=points,
            mql_points=_number(fields, "mql_points"),
            sql_points=_number(fields, "sql_points"),
            dropped=tuple(sorted(n.removeprefix(DROP) for n in fields if n.startswith(DROP))),
            back_to=_number(fields, "back_to"),
        )

    @property
    def fields(self) -> dict[str, str]:
        """The choice as fields of a form: what :meth:`of` reads."""
        numbers = {
            "per_month": self.per_month,
            "mql_points": self.mql_points,
            "sql_points": self.sql_points,
            "back_to": self.back_to,
        }
        return {
            **{name: str(value) for name, value in numbers.items() if value is not None},
            **({"rulebook": "learned"} if self.learned else {}),
            **({"within_capacity": "1"} if self.within_capacity else {}),
            **{POINTS + name: str(value) for name, value in self.points.items()},
            **{DROP + name: "1" for name in self.dropped},
        }

    @property
    def query(self) -> str:
        """The choice as the query of an address."""
        return urlencode(self.fields)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return self == ChosenChanges()


def chosen_text(
    choice: ChosenChanges, text: str, *, definition: LeadDefinition, learned: Rulebook | None
) -> str:
    """Apply the chosen changes to the text of the newest version.

    Parameters
    ----------
    choice : ChosenChanges
        What somebody wants to change.
    text : str
        YAML text of the newest version.
    definition : LeadDefinition
        The same text, read.
    learned : Rulebook or None
        The learned rulebook, where a retrain found one.

    Raises
    ------
    DefinitionError
        If the choice names what is not there.
    """
    if choice.learned and learned is not None:
        text = with_rulebook(text, learned)
    for name, points in choice.points.items():
        if not choice.learned:
            text = with_value(
                text, ("rulebook", "rules", _place(definition, name), "points"), points
            )
    for key, value in (("mql", choice.mql_points), ("sql", choice.sql_points)):
        if value is not None and not choice.learned:
            text = with_value(text, ("rulebook", key, "points"), value)
    if choice.per_month is not None:
        text = _with_capacity(text, definition, choice.per_month)
    for name in choice.dropped:
        text = without_item(text, _list_of(definition, name), name)
    return text


def with_targets_within_capacity(text: str, definition: LeadDefinition) -> str:
    """The text with each KPI target beyond the capacity brought down to it.

    Parameters
    ----------
    text : str
    definition : LeadDefinition
        What the text says.
    """
    names = [kpi.name for kpi in definition.kpis]
    for one in targets_beyond_capacity(definition):
        place = names.index(one.kpi.name)
        ends = {"target": one.kpi.target, "at_most": one.kpi.at_most}
        for key, value in ends.items():
            if value is not None and value > one.within:
                text = with_value(text, ("kpis", place, key), one.within)
    return text


def signed(text: str, *, on: date, by: tuple[Signature, ...], why: str) -> str:
    """Replace the agreement block of a text: who signs it, on which day, and why.

    The reason stands in both languages as it was given: nobody translates at the meeting.

    Parameters
    ----------
    text : str
        YAML text of a version.
    on : date
        Day of the agreement.
    by : tuple of Signature
        Who agreed.
    why : str
        Reason as it was given, in either language.
    """
    return with_part(
        text, "agreement", Agreement(agreed_on=on, agreed_by=by, why=Text(ja=why, en=why))
    )


def _with_capacity(text: str, definition: LeadDefinition, per_month: int) -> str:
    before, after = definition.cut_offs, at_capacity(definition, per_month)
    if isinstance(before.mql, CapacityCutOff) and before.sql == after.sql:
        text = with_value(text, ("cut_offs", "mql", "per_month"), per_month)
    else:
        text = with_part(text, "cut_offs", after)
    was_same = (
        definition.sales is not None
        and isinstance(before.mql, CapacityCutOff)
        and definition.sales.capacity_per_month == before.mql.per_month
    )
    if was_same:
        # What sales can work and what may be handed over were agreed to be one number.
        text = with_value(text, ("sales", "capacity_per_month"), per_month)
    return text


def _place(definition: LeadDefinition, name: str) -> int:
    names = [rule.name for rule in definition.rulebook.rules]
    if name not in names:
        msg = f"points must be of a rule of the rulebook; got {name!r}. Load the page again."
        raise DefinitionError(msg)
    return names.index(name)


def _list_of(definition: LeadDefinition, name: str) -> List:
    if any(behaviour.name == name for behaviour in definition.behaviours):
        return "behaviours"
    if any(attribute.name == name for attribute in definition.attributes):
        return "attributes"
    msg = f"only what the definition names can be dropped; got {name!r}. Load the page again."
    raise DefinitionError(msg)


def _number(fields: Mapping[str, str], name: str) -> int | None:
    value = fields.get(name, "").strip()
    return _whole(name, value) if value else None


def _whole(name: str, value: str) -> int:
    try:
        number = int(value) if value.isascii() else MOST + 1
    except ValueError:
        number = MOST + 1
    if abs(number) > MOST:
        msg = f"{name} must be a whole number; got {value[:20]!r}. Mend it."
        raise DefinitionError(msg)
    return number
