"""Records as JSON and back, exactly; what is undefined must say so with None.

:func:`to_json` refuses NaN, and :func:`from_json` checks types.
"""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from features.core.errors import LeadDataError

Record = TypeVar("Record")


_CHECKERS: dict[type, TypeAdapter[Any]] = {}


def _checker(kind: type) -> TypeAdapter[Any]:
    """Checker of a kind of record: made once, since making it takes longer than using it."""
    if kind not in _CHECKERS:
        _CHECKERS[kind] = TypeAdapter(kind)
    return _CHECKERS[kind]


def to_json(record: object) -> str:
    """A record as JSON with sorted keys: the same record always gives the same text.

    Raises
    ------
    ValueError
        If a figure is NaN or infinite; an undefined figure is None.
    """
    plain = _checker(type(record)).dump_python(record, mode="json")
    return json.dumps(plain, allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True)


def from_json(kind: type[Record], text: str | bytes, origin: str = "the text") -> Record:
    """Read a record of a given kind from a JSON text.

    Parameters
    ----------
    kind : type
        Dataclass of the record.
    text : str or bytes
        JSON.
    origin : str
        What an error calls the text, such as the name of its file.

    Raises
    ------
    LeadDataError
        If the text is not JSON or lacks what the record needs.
    """
    try:
        record: Record = _checker(kind).validate_json(text)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "its beginning"
        msg = (
            f"{origin} must hold a {kind.__name__}; got {fault.error_count()} faults, the first at "
            f"{place}: {first['msg']}. Write it again with the version that reads it."
        )
        raise LeadDataError(msg) from fault
    return record
