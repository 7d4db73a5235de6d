"""YAML as plain values, with the line on which each of them stands.

Values are read by the rules of YAML 1.2 (as editors do), not 1.1: ``no`` and ``on`` stay words,
``12:30`` stays text, and a date stays text until the definition asks for a date.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.resolver import Resolver

from features.core.errors import DefinitionError

Path = tuple[str | int, ...]
"""Where a value stands: keys and positions from the top."""

MAX_DIGITS = 18
"""Of a whole number, with its sign: what fits into 64 bits."""

MAX_VALUES = 200_000
MAX_DEPTH = 50
"""Aliases can blow up a short file; no honest definition comes near this size or depth."""
TOO_MUCH = f"the file holds more than {MAX_VALUES:,} values, or {MAX_DEPTH} levels"


@dataclass(frozen=True, kw_only=True)
class YamlDocument:
    """Values of a YAML file and where they stand."""

    origin: str
    content: Any
    lines: dict[Path, int]
    faults: tuple[tuple[Path, str], ...] = ()

    def line(self, path: Path) -> int:
        """Line of a value, or of the nearest thing around it that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Resolver(Resolver):
    """Scalars by YAML 1.2's core rules."""


class _Loader(_Resolver, Composer, yaml.CSafeLoader):
    """libyaml reads, in a tenth of Python's time; its own composer crashes on deep nesting, where
    that of Python raises."""

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)


class _WordyLoader(_Resolver, yaml.SafeLoader):
    """Python's own parser, which says of a mistake what it found instead."""


_Resolver.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    (
        "float",
        r"^[-+]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)$",
        list("-+.0123456789"),
    ),
):
    _Resolver.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


@dataclass
class _Walk:
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[Path, str]] = field(default_factory=list)
    n_values: int = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.n_values += 1
        if self.n_values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=TOO_MUCH, problem_mark=node.start_mark)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        content = _scalar(node)
        if isinstance(content, float) and not math.isfinite(content):
            raise yaml.MarkedYAMLError(
                problem=f"a number must be finite and hold at most {MAX_DIGITS} digits",
                problem_mark=node.start_mark,
            )
        return content

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key must be a word, not a list or a mapping",
                    problem_mark=key_node.start_mark,
                )
            key = _text(key_node)
            if key in content:
                first = self.lines[(*path, key)]
                line = key_node.start_mark.line + 1
                self.faults.append(
                    ((*path, key), f"must stand once; it is on lines {first} and {line}")
                )
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            content[key] = self.value(value_node, (*path, key))
        return content


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.rpartition(":")[2]
    text = _text(node)
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            # Longer ones fit into no column, and Python refuses to read the longest.
            return int(text) if len(text) <= MAX_DIGITS else math.inf
        case "float":
            return float(text)
        case _:
            return text


def _text(node: yaml.Node) -> str:
    """The text of a scalar; two escapes that JSON writes for one character are that character."""
    text = str(node.value)
    if text.isprintable():
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise yaml.MarkedYAMLError(
            problem="half a character, an escape of two without the other",
            problem_mark=node.start_mark,
        ) from None


def compose(text: str) -> yaml.Node | None:
    """Nodes of a YAML text, each with its marks; None for a text that holds nothing.

    Raises
    ------
    yaml.YAMLError
        If the text is not YAML.
    RecursionError
        If it is nested too deeply.
    """
    try:
        return _Loader(text).get_single_node()
    except (yaml.YAMLError, UnicodeEncodeError):
        return yaml.compose(text, Loader=_WordyLoader)


def read_document(text: str, origin: str) -> YamlDocument:
    """Values and lines of a YAML text.

    Raises
    ------
    DefinitionError
        If the text is not YAML.
    """
    try:
        node = compose(text)
        walk = _Walk()
        content = None if node is None else walk.value(node, ())
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        # What is deeper than the reader goes is deeper than we allow.
        told = TOO_MUCH if isinstance(error, RecursionError) else str(error).splitlines()[0]
        problem = getattr(error, "problem", None) or told
        msg = f"{origin}:{line}: the file must be YAML; got: {problem}. Mend that line first."
        raise DefinitionError(msg) from error
    return YamlDocument(origin=origin, content=content, lines=walk.lines, faults=tuple(walk.faults))
