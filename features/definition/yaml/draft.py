"""What can be checked in a definition even while other parts of it hold mistakes of shape.

Cross-checks must not wait until every value has the right shape, or a person would mend a file in
many rounds. They look at the parts that are sound; a part that is not has its own fault already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import to_json

from features.definition.behaviours import Behaviour
from features.definition.outcome import Snapshots
from features.definition.section import DefinitionSection
from features.definition.yaml.document import Path, YamlDocument
from features.definition.yaml.errors import value_at

P = TypeVar("P", bound=DefinitionSection)


def read_part(kind: type[P], content: Any) -> P | None:
    """A part of a definition from its plain values; None if its shape is wrong."""
    try:
        return kind.model_validate_json(to_json(content), strict=True)
    except ValidationError:
        return None


@dataclass(frozen=True)
class PartialDefinition:
    """A definition some parts of which may be unreadable."""

    document: YamlDocument

    def raw(self, *path: str | int) -> Any:
        """The plain value at a path; None where there is none."""
        return value_at(self.document.content, path)

    def part(self, kind: type[P], *path: str | int) -> P | None:
        """The part at a path; None where it is absent or its shape is wrong."""
        content = self.raw(*path)
        return None if content is None else read_part(kind, content)

    def items(self, kind: type[P], *path: str | int) -> Iterator[tuple[Path, P]]:
        """The sound items of the list at a path, with their own paths."""
        content = self.raw(*path)
        for at, value in enumerate(content if isinstance(content, list) else ()):
            item = read_part(kind, value)
            if item is not None:
                yield (*path, at), item

    def whole(self, kind: type[P], *path: str | int) -> tuple[P, ...] | None:
        """All items of the list at a path; None if one of them is unreadable."""
        items = tuple(item for _, item in self.items(kind, *path))
        content = self.raw(*path)
        n_given = len(content) if isinstance(content, list) else 0
        return items if len(items) == n_given else None

    def names(self, *path: str | int) -> Iterator[tuple[Path, str]]:
        """Names in the list at a path, with the paths of the names, unsound items included."""
        content = self.raw(*path)
        for at, item in enumerate(content if isinstance(content, list) else ()):
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                yield (*path, at, "name"), item["name"]

    @cached_property
    def lead_behaviours(self) -> tuple[str, ...]:
        """Names of behaviours whose actor is the lead, or cannot be told."""
        sales = {b.name for _, b in self.items(Behaviour, "behaviours") if b.actor == "sales"}
        return tuple(name for _, name in self.names("behaviours") if name not in sales)

    @cached_property
    def kinds(self) -> dict[str, str | None]:
        """Kind of each attribute; None where it cannot be told."""
        attributes = self.raw("attributes")
        kinds = {}
        for path, name in self.names("attributes"):
            kind = attributes[path[1]].get("kind")
            kinds[name] = kind if isinstance(kind, str) else None
        return kinds

    @cached_property
    def undated(self) -> bool:
        """Whether the data set has no dates."""
        snapshots = self.part(Snapshots, "snapshots")
        return snapshots is not None and snapshots.at == "undated"
