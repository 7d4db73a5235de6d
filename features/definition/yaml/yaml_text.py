"""YAML as people read and keep it: short values on one line, reasons beside what they explain.

PyYAML writes every value; where a line ends and which comment stands there is decided here. Its
own emitter knows no comments. ruamel.yaml does, but takes them by line and column, or by the key
before which they stand, and folds and indents whole files its own way (definition/yaml/write.py).
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

COMMENTS = "#"
"""A key of a mapping whose value is a list of comments, each on a line of its own."""

WIDTH = 100


@dataclass(frozen=True)
class Noted:
    """A value and the comment that stands beside it."""

    value: Any
    comment: str


class _PlainDumper(yaml.SafeDumper):
    """Writes a part that stands twice twice: people read the text, and anchors puzzle them."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text; one with line breaks of any kind in quotes that need no second line."""
        style = '"' if len(data.splitlines()) > 1 or data != data.strip() else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_PlainDumper.add_representer(str, _PlainDumper.represent_str)


def on_one_line(value: Any) -> str:
    """A value as YAML on one line, fit to stand in a list or a mapping."""
    line = yaml.dump(
        [value],
        Dumper=_PlainDumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=True,
        width=math.inf,
    )
    return str(line).strip()[1:-1]


def yaml_text(told: Mapping[str, Any], above: Iterable[str] = ()) -> str:
    """Write a document: mappings and lists of them in lines, what is short on one line.

    Parameters
    ----------
    told : mapping of str to Any
        Values may be :class:`Noted` at any depth.
    above : iterable of str
        Comments for the top, without their ``#``.
    """
    lines = (*(f"# {line}" for line in above), *_mapping(told, ""))
    return "\n".join(lines) + "\n"


def _mapping(told: Mapping[str, Any], pad: str) -> Iterator[str]:
    for key, value in told.items():
        if key == COMMENTS:
            yield from (f"{pad}# {line}" for line in value)
            continue
        head, (plain, beside) = f"{pad}{on_one_line(key)}:", _parted(value)
        if _fits(plain, len(head)):
            yield f"{head} {on_one_line(plain)}{beside}"
            continue
        yield head + beside
        yield from _mapping(plain, pad + "  ") if isinstance(plain, dict) else _list(plain, pad)


def _list(items: Iterable[Any], pad: str) -> Iterator[str]:
    for item in items:
        plain, beside = _parted(item)
        if not isinstance(plain, dict) or _fits(plain, len(pad) + len("  - ")):
            yield f"{pad}  - {on_one_line(plain)}{beside}"
            continue
        if beside:
            yield f"{pad}  {beside.strip()}"
        first, *others = _mapping(plain, pad + "    ")
        yield f"{pad}  - {first.strip()}"
        yield from others


def _parted(value: Any) -> tuple[Any, str]:
    return (value.value, f"  # {value.comment}") if isinstance(value, Noted) else (value, "")


def _fits(value: Any, indent: int) -> bool:
    """Whether a value is written on one line; a list of mappings never is."""
    if not isinstance(value, dict | list) or not value:
        return True
    inside = value.values() if isinstance(value, dict) else value
    if COMMENTS in value or any(isinstance(item, Noted) for item in inside):
        return False
    if isinstance(value, list):
        # Plain values stay together: a list of them in lines is no easier to read.
        return not any(isinstance(item, dict) for item in value)
    return all(_fits(item, 0) for item in inside) and indent + len(on_one_line(value)) <= WIDTH
