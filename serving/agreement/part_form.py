"""One part of the agreement as a form; the same for every part.

The form is laid out from the definition's own classes, so a part added there can be proposed at
once. A list shows its items, each of which is a form of its own; a new one stands at ``+``.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from features.core.errors import DefinitionError
from features.core.text import LANGUAGES, Text
from features.definition import LeadDefinition
from features.definition.conditions import CONDITION_PARTS
from features.definition.section import DefinitionSection
from features.definition.wording.keys import KEY_WORDS, SECTION_WORDS
from features.definition.wording.values import (
    CHOICE_WORDS,
    NOTHING,
    summary_in_words,
    value_in_words,
)
from features.definition.yaml.document import read_document
from features.definition.yaml.yaml_text import on_one_line
from serving.agreement.choice import OPEN_PARTS, Place

NEW = "+"
"""The last step of a place: an item that is not there yet."""

IDENTITY = ("name", "behaviour")
"""Keys by which the items of lists are told apart."""

ADDED = Text(ja="追加", en="New")

FieldKind = Literal["words", "number", "choice", "yaml"]


@dataclass(frozen=True, kw_only=True)
class PartField:
    """One value of a part, to be changed.

    Attributes
    ----------
    place : Place
        From the part.
    steps : tuple of Text
        What it is called, from the part.
    value : str
        As it stands; empty where there is none.
    content : object
        The same, as JSON has it.
    choices : tuple of (str, Text)
    words : Text or None
        What a condition asks, as people read it.
    empty : object
        What stands there where nothing is written.
    """

    place: Place
    steps: tuple[Text, ...]
    kind: FieldKind
    value: str
    content: Any
    empty: Any = None
    choices: tuple[tuple[str, Text], ...] = ()
    words: Text | None = None

    @property
    def name(self) -> str:
        """Of the field of the form."""
        return ".".join(self.place)

    def read(self, written: str) -> Any:
        """What was written, as JSON has it; nothing is None, or an empty list where one stood.

        Raises
        ------
        DefinitionError
            If it is no YAML where it must be.
        """
        if not written.strip():
            return self.empty
        if self.kind == "words":
            return " ".join(written.split())
        return read_document(written, self.name).content


@dataclass(frozen=True, kw_only=True)
class PartItem:
    """One item of a list, with where its own form is."""

    place: Place
    label: Text
    summary: Text | None


@dataclass(frozen=True, kw_only=True)
class PartList:
    """A list inside a part, whose items are forms of their own."""

    steps: tuple[Text, ...]
    items: tuple[PartItem, ...]
    new: Place


@dataclass(frozen=True, kw_only=True)
class PartForm:
    """A part of the agreement, to be changed.

    Attributes
    ----------
    place : Place
    steps : tuple of Text
        What it is called, from the definition.
    is_item : bool
        Whether it can be dropped from a list.
    """

    place: Place
    steps: tuple[Text, ...]
    fields: tuple[PartField, ...] = ()
    lists: tuple[PartList, ...] = ()
    is_item: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it is not there yet."""
        return self.place[-1] == NEW

    @property
    def asks(self) -> bool:
        """Whether a condition can be written in it."""
        return any(one.place[-1] == "when" for one in self.fields)


def part_form(definition: LeadDefinition, place: Place) -> PartForm:
    """Lay out the part at a place of a definition.

    Raises
    ------
    DefinitionError
        If nothing that can be proposed stands there.
    """
    spot = _spot_at(definition, place)
    if spot.is_list:
        return PartForm(place=place, steps=spot.steps, lists=(_list_form(definition, spot),))
    inner = tuple(_inside(spot.cls, spot.value, definition))
    return PartForm(
        place=place,
        steps=spot.steps,
        fields=tuple(one for one in inner if isinstance(one, PartField)),
        lists=tuple(
            _list_form(definition, one.under(spot)) for one in inner if isinstance(one, _Spot)
        ),
        is_item=spot.is_item and spot.value is not None,
    )


@dataclass(frozen=True, kw_only=True)
class _Spot:
    """A section, an item or a list somewhere in a definition.

    Attributes
    ----------
    cls : type
        Of the section, or of the items of the list.
    value : DefinitionSection, tuple or None
        None of what is not there.
    """

    place: Place
    steps: tuple[Text, ...]
    cls: type[DefinitionSection]
    value: Any
    is_list: bool
    is_item: bool = False

    def under(self, other: "_Spot") -> "_Spot":
        """The same spot seen from above."""
        return replace(self, place=other.place + self.place, steps=other.steps[-1:] + self.steps)


def _spot_at(definition: LeadDefinition, place: Place) -> _Spot:
    spot = _Spot(place=(), steps=(), cls=LeadDefinition, value=definition, is_list=False)
    if place[0] not in OPEN_PARTS:
        raise _nothing_at(place)
    for key in place:
        found = _item(spot, key, definition) if spot.is_list else _part(spot, key)
        if found is None:
            raise _nothing_at(place)
        spot = found
    return spot


def _nothing_at(place: Place) -> DefinitionError:
    msg = f"a part of the agreement must stand there; got {'.'.join(place)!r}. Choose it again."
    return DefinitionError(msg)


def _item(spot: _Spot, key: str, definition: LeadDefinition) -> _Spot | None:
    value = next((one for one in spot.value if _identity(one) == key), None)
    if value is None and key != NEW:
        return None
    step = ADDED if value is None else _label(value, definition)
    return _Spot(
        place=(*spot.place, key),
        steps=(*spot.steps, step),
        cls=spot.cls,
        value=value,
        is_list=False,
        is_item=True,
    )


def _part(spot: _Spot, key: str) -> _Spot | None:
    info = spot.cls.model_fields.get(key)
    item = section = None
    if info is not None:
        item, section = _item_class(info.annotation), _section_class(info.annotation)
    cls = item or section
    if cls is None:
        return None
    return _Spot(
        place=(*spot.place, key),
        steps=(*spot.steps, _called(key, top=not spot.place)),
        cls=cls,
        value=getattr(spot.value, key, None),
        is_list=item is not None,
    )


def _list_form(definition: LeadDefinition, spot: _Spot) -> PartList:
    return PartList(
        steps=spot.steps,
        items=tuple(
            PartItem(
                place=(*spot.place, _identity(one)),
                label=_label(one, definition),
                summary=summary_in_words(one, definition),
            )
            for one in spot.value or ()
        ),
        new=(*spot.place, NEW),
    )


def _inside(
    cls: type[DefinitionSection], value: Any, definition: LeadDefinition
) -> Iterator["PartField | _Spot"]:
    """The values of a section and of the sections in it, and the lists among them."""
    start = _Spot(place=(), steps=(), cls=cls, value=value, is_list=False)
    for key, info in cls.model_fields.items():
        if key in IDENTITY and value is not None and _identity(value):
            continue
        spot = _part(start, key)
        if spot is None or _needs_lists(spot):
            content = _default(info) if value is None else getattr(value, key)
            yield from _values(key, info, content, definition)
        elif spot.is_list:
            yield replace(spot, steps=(_called(key),))
        else:
            for one in _inside(spot.cls, spot.value, definition):
                yield replace(one, place=(key, *one.place), steps=(_called(key), *one.steps))


def _needs_lists(spot: _Spot) -> bool:
    """Whether it is not there, and could not be made of single values."""
    annotations = (info.annotation for info in spot.cls.model_fields.values())
    return not spot.is_list and spot.value is None and any(map(_item_class, annotations))


def _values(
    key: str, info: FieldInfo, content: Any, definition: LeadDefinition
) -> Iterator[PartField]:
    """A value as a field; words are two, one a language."""
    kinds = _kinds(info.annotation)
    if Text in kinds:
        for language in LANGUAGES:
            said = None if content is None else content.read(language)
            yield PartField(
                place=(key, language),
                steps=(_called(key), KEY_WORDS[language]),
                kind="words",
                value=said or "",
                content=said,
            )
        return
    choices = _choices(key, kinds, definition)
    plain = _json(content)
    kind: FieldKind = "yaml"
    if choices:
        kind = "choice"
        if NoneType in kinds:
            choices = (("", NOTHING), *choices)
    elif kinds & {int, float}:
        kind = "number"
    elif kinds <= {str, NoneType}:
        kind = "words"
    yield PartField(
        place=(key,),
        steps=(_called(key),),
        kind=kind,
        value=_written(plain, kind),
        content=plain,
        empty=[] if isinstance(content, tuple) else {} if isinstance(content, dict) else None,
        choices=choices,
        words=value_in_words(content, definition) if kind == "yaml" else None,
    )


def _choices(key: str, kinds: Set[Any], definition: LeadDefinition) -> tuple[tuple[str, Text], ...]:
    if bool in kinds:
        return tuple((name, CHOICE_WORDS[name]) for name in ("true", "false"))
    if key == "behaviour" and str in kinds:
        return tuple((one.name, one.label) for one in definition.behaviours)
    literal = next((kind for kind in kinds if get_origin(kind) is Literal), None)
    names = () if literal is None else get_args(literal)
    return tuple((name, CHOICE_WORDS.get(name, Text(ja=name, en=name))) for name in names)


def _kinds(annotation: Any) -> frozenset[Any]:
    """What a value may be, without what is asked of it beside."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return frozenset().union(*map(_kinds, get_args(annotation)))
    return frozenset({annotation})


def _section_class(annotation: Any) -> type[DefinitionSection] | None:
    """The section that a value is, where it can be only one, and is no condition."""
    found = [kind for kind in _kinds(annotation) - {NoneType} if _is_section(kind)]
    return found[0] if len(found) == 1 and found[0] not in CONDITION_PARTS else None


def _item_class(annotation: Any) -> type[DefinitionSection] | None:
    """The items of a list, where they have names."""
    for kind in _kinds(annotation):
        if get_origin(kind) is tuple:
            item = _section_class(get_args(kind)[0])
            if item is not None and set(IDENTITY) & set(item.model_fields):
                return item
    return None


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, DefinitionSection)


def _identity(item: Any) -> str:
    return str(next((getattr(item, key) for key in IDENTITY if hasattr(item, key)), ""))


def _label(item: Any, definition: LeadDefinition) -> Text:
    label: Text | None = getattr(item, "label", None)
    return definition.behaviour(_identity(item)).label if label is None else label


def _called(key: str, *, top: bool = False) -> Text:
    return (SECTION_WORDS.get(key) if top else None) or KEY_WORDS.get(key, Text(ja=key, en=key))


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else info.get_default(call_default_factory=True)


def _json(content: Any) -> Any:
    return TypeAdapter(type(content)).dump_python(
        content, mode="json", exclude_defaults=True, by_alias=True
    )


def _written(plain: Any, kind: FieldKind) -> str:
    if plain is None or plain in ([], {}):
        return ""
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    return plain if isinstance(plain, str) and kind != "yaml" else on_one_line(plain)
