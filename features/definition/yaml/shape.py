"""Mistakes of shape in a definition: keys, kinds of values and limits, found by pydantic.

Pydantic says where in its own terms; here that becomes the path in the YAML file, what must hold
in plain words, and the values or keys that would do.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from features.definition.yaml.document import Path
from features.definition.yaml.errors import DefinitionFault

PHRASES = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be text (put it in quotes)",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "dataclass_type": "must hold the keys ja and en",
    "string_pattern_mismatch": "must be a name of small letters a to z, digits and underscores, "
    "beginning with a letter",
    "date_from_datetime_parsing": "must be a day written like 2026-04-01",
    "date_parsing": "must be a day written like 2026-04-01",
    "date_type": "must be a day written like 2026-04-01",
    "too_short": "must not be empty",
}

ALLOWED = {"literal_error", "union_tag_invalid"}


def shape_faults(model: type[BaseModel], error: ValidationError) -> Iterator[DefinitionFault]:
    """What pydantic found, one fault each.

    Parameters
    ----------
    model : type
        The model that was validated, from which the keys that would do are read.
    error : ValidationError
    """
    for detail in error.errors(include_url=False):
        if not _follows_from_others(detail):
            yield _fault(model, detail)


def _follows_from_others(detail: ErrorDetails) -> bool:
    """Whether a list counts as too short only because its items are at fault."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _fault(model: type[BaseModel], detail: ErrorDetails) -> DefinitionFault:
    # Tags of the kinds of conditions are written in angle brackets; they are no keys of the file.
    path: Path = tuple(
        step
        for step in detail["loc"]
        if not (isinstance(step, str) and step.startswith("<")) and step != "[key]"
    )
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"missing", "union_tag_not_found"}:
        key = path[-1] if kind == "missing" else context["discriminator"].strip("'")
        parent = path[:-1] if kind == "missing" else path
        return DefinitionFault(path=parent, must=f"must have the key {key}", got=False)
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        allowed = keys_at(model, detail["loc"][:-1])
        return DefinitionFault(path=path, must="must be a known key", allowed=allowed, got=False)
    if kind in ALLOWED:
        expected = str(context.get("expected") or context.get("expected_tags"))
        path = path if kind == "literal_error" else (*path, context["discriminator"].strip("'"))
        return DefinitionFault(
            path=path, must="must be one of those allowed", allowed=_listed(expected)
        )
    return DefinitionFault(path=path, must=_phrase(detail), allowed=context.get("allowed", ()))


def _phrase(detail: ErrorDetails) -> str:
    if detail["type"] in PHRASES:
        return PHRASES[detail["type"]]
    message = detail["msg"].removeprefix("Value error, ")
    return re.sub(r"^\w+ should", "must", message)


def _listed(expected: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", expected)) or (expected,)


def keys_at(annotation: Any, loc: Path) -> tuple[str, ...]:
    """Keys known at a place, by pydantic's own path to it.

    Parameters
    ----------
    annotation : type
        What stands at the start of the path.
    loc : tuple
        Path with the tags of unions left in.
    """
    for part in _parts(annotation):
        fields = getattr(part, "model_fields", None) or getattr(part, "__dataclass_fields__", None)
        if fields is None:
            continue
        keys = {getattr(field, "alias", None) or name: field for name, field in fields.items()}
        if not loc:
            return tuple(keys)
        if loc[0] in keys:
            return keys_at(_annotation(keys[str(loc[0])]), loc[1:])
    # A position in a list, a key of a table of points, or the tag of a union: one step down.
    inner = [item for item in _inner(annotation) if item is not Ellipsis]
    if loc and isinstance(loc[0], str):
        inner = [item for item in inner if loc[0] in _tags(item)] or inner
    found = (keys_at(item, loc[1:]) for item in inner if loc)
    return next((keys for keys in found if keys), ())


def _annotation(field: Any) -> Any:
    return getattr(field, "annotation", None) or field.type


def _parts(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    return [annotation, *(get_args(annotation) if type(None) in get_args(annotation) else ())]


def _inner(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _inner(get_args(annotation)[0])
    return list(get_args(annotation))


def _tags(annotation: Any) -> set[str]:
    """Tags by which pydantic's path may name a member of a union."""
    tags = {str(getattr(item, "tag", "")) for item in get_args(annotation)}
    for field in getattr(annotation, "model_fields", {}).values():
        tags.update(str(value) for value in get_args(field.annotation))
    return tags
