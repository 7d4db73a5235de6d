"""What somebody wants to change in the agreement, and the text that makes of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from features.core.errors import DefinitionError
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.rulebook import Rulebook
from features.definition.targets import targets_beyond_capacity
from features.definition.terms import Agreement, CapacityCutOff, Signature
from features.definition.yaml.document import read_document
from features.definition.yaml.write import with_part, with_rulebook, with_value, without_item
from training.cutoffs.capacity import at_capacity

SET = "set_"
"""Before a place of the definition, the field with the value it is to have, as JSON or YAML."""

DROP = "drop_"
"""Before a place of the definition, the field that drops the item there from its list."""

Place = tuple[str, ...]
"""Keys and names of list items that lead to a part: ``("rulebook", "rules", "webinar", "points")``.
In fields with dots between them."""

SALES_CAPACITY: Place = ("sales", "capacity_per_month")

MOST = 1_000_000

CLOSED_PARTS = ("format", "name", "agreement", "trial")
"""What nobody proposes here: adopting writes who agreed, and a trial has its own page."""

OPEN_PARTS = tuple(key for key in LeadDefinition.model_fields if key not in CLOSED_PARTS)
"""Parts of the definition that either team may propose to change."""


@dataclass(frozen=True, kw_only=True)
class ChosenChanges:
    """Changes to the newest version, any of which may be left out.

    Attributes
    ----------
    per_month : int or None
        Leads that may cross the MQL cut-off in a month.
    learned : bool
        Whether to take the learned rulebook.
    values : mapping from Place to values as JSON has them
        What is to stand at places of the definition; an item that is not there yet is added.
    within_capacity : bool
        Whether KPI targets beyond the capacity come down to it.
    dropped : tuple of Place
        List items to leave out.
    back_to : int or None
        An earlier version to say again, whole; nothing else is changed then.
    """

    per_month: int | None = None
    within_capacity: bool = False
    learned: bool = False
    values: Mapping[Place, Any] = field(default_factory=dict)
    dropped: tuple[Place, ...] = ()
    back_to: int | None = None

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "ChosenChanges":
        """The choice that a form or an address holds; empty fields choose nothing.

        Raises
        ------
        DefinitionError
            If a number is none, or a value is no YAML.
        """
        values = {
            _place(name, SET): read_document(value, name).content
            for name, value in fields.items()
            if name.startswith(SET) and value.strip()
        }
        dropped = sorted(_place(name, DROP) for name in fields if name.startswith(DROP))
        return cls(
            per_month=_number(fields, "per_month"),
            within_capacity=bool(fields.get("within_capacity")),
            learned=fields.get("rulebook") == "learned",
            values=values,
            dropped=tuple(dropped),
            back_to=_number(fields, "back_to"),
        )

    @property
    def fields(self) -> dict[str, str]:
        """The choice as fields of a form: what :meth:`of` reads."""
        numbers = {"per_month": self.per_month, "back_to": self.back_to}
        return {
            **{name: str(value) for name, value in numbers.items() if value is not None},
            **({"rulebook": "learned"} if self.learned else {}),
            **({"within_capacity": "1"} if self.within_capacity else {}),
            **{set_field(place): in_json(value) for place, value in self.values.items()},
            **{drop_field(place): "1" for place in self.dropped},
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
    if choice.per_month is not None:
        text = _with_capacity(text, definition, choice.per_month)
    for place, value in choice.values.items():
        _must_be_open(place)
        # The learned rulebook goes whole or not at all.
        if not (choice.learned and place[0] == "rulebook"):
            text = with_value(text, place, value)
    for place in choice.dropped:
        _must_be_open(place)
        text = without_item(text, place)
    return text


def with_one_capacity(choice: ChosenChanges, definition: LeadDefinition) -> ChosenChanges:
    """The choice, in which what sales can work and what may be handed over stay one number.

    Parameters
    ----------
    choice : ChosenChanges
    definition : LeadDefinition
        The newest version.
    """
    per_month = choice.values.get(SALES_CAPACITY)
    if not isinstance(per_month, int) or not _is_one_capacity(definition):
        return choice
    others = {place: value for place, value in choice.values.items() if place != SALES_CAPACITY}
    return replace(choice, per_month=per_month, values=others)


def set_field(place: Place) -> str:
    """The field that sets the value at a place."""
    return SET + ".".join(place)


def drop_field(place: Place) -> str:
    """The field that drops the item at a place."""
    return DROP + ".".join(place)


def in_json(value: Any) -> str:
    """A value as the fields of a form carry it."""
    return json.dumps(value, ensure_ascii=False)


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
    if _is_one_capacity(definition):
        text = with_value(text, SALES_CAPACITY, per_month)
    return text


def _is_one_capacity(definition: LeadDefinition) -> bool:
    """Whether what sales can work and what may be handed over were agreed to be one number."""
    mql, sales = definition.cut_offs.mql, definition.sales
    return (
        sales is not None
        and isinstance(mql, CapacityCutOff)
        and sales.capacity_per_month == mql.per_month
    )


def _place(name: str, before: str) -> Place:
    return tuple(name.removeprefix(before).split("."))


def _must_be_open(place: Place) -> None:
    if place[0] not in OPEN_PARTS:
        msg = f"a change must be of one of {', '.join(OPEN_PARTS)}; got {place[0]!r}. Choose again."
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
