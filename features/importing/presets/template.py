"""An entry of a mapping made from a template: what is not there goes, with the part it is in.

A template is an entry as mappings write it, with holes. ``$name`` stands for the header of a field,
``$alias.name`` for one of a file that is joined. A part that has a hole nothing fills is left out:
the whole entry, unless the part stands under a key that ends in ``?``. Items of a list under such
a key are left out one by one. ``{first_of: [...]}`` is the first that can be filled. A behaviour
is called what the lead definition calls it, and is left out where that has no name for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from features.importing.presets.vocabulary import Vocabulary

TIMES = ("created_at", "occurred_at", "known_at", "handed_over_at")
"""Keys whose fields are times, written with their format."""


class _Gone:
    """Stands for a part that nothing fills."""


GONE = _Gone()


@dataclass(frozen=True, kw_only=True)
class Holes:
    """What fills the holes of a template.

    Attributes
    ----------
    values : mapping of str to Any
        By name; what is missing is not there.
    words : Vocabulary
    time : callable, optional
        A field of times as the mapping writes it.
    """

    values: Mapping[str, Any]
    words: Vocabulary
    time: Callable[[str], Any] | None = None

    def look_up(self, name: str, key: str) -> Any:
        """What stands at a hole; :data:`GONE` where nothing does."""
        found = self.values.get(name, GONE)
        if found is GONE or self.time is None or key not in TIMES:
            return found
        time = self.time(name)
        return {"column": time} if key == "known_at" and isinstance(time, str) else time


def fill(template: dict[str, Any], holes: Holes) -> dict[str, Any] | None:
    """Make the entry of a template; None where something it needs is not there."""
    entry = _filled(template, holes)
    return None if entry is GONE else entry


def _filled(part: Any, holes: Holes, key: str = "") -> Any:
    if isinstance(part, dict):
        if "first_of" in part:
            ways = (_filled(way, holes, key) for way in part["first_of"])
            return next((way for way in ways if way is not GONE), GONE)
        return _keys(part, holes, key)
    if isinstance(part, list):
        items = [_filled(item, holes, key.removesuffix("?")) for item in part]
        if key.endswith("?"):
            items = [item for item in items if item is not GONE]
        return GONE if GONE in items or not items else items
    if isinstance(part, str) and part.startswith("$"):
        return holes.look_up(part[1:], key.removesuffix("?"))
    if key == "behaviour":
        return holes.words.behaviour(part) or GONE
    return part


def _keys(part: dict[str, Any], holes: Holes, key: str) -> Any:
    entry: dict[str, Any] = {}
    for name, value in part.items():
        plain = name.removesuffix("?")
        if plain == "values" and isinstance(value, dict):
            listed = _values(value, holes, behaviours=key == "behaviour")
            found: Any = listed or GONE
        else:
            found = _filled(value, holes, name)
        if found is not GONE:
            entry[plain] = found
        elif plain == name:
            return GONE
    return entry or GONE


def _values(listed: dict[str, str], holes: Holes, *, behaviours: bool) -> dict[str, str]:
    """Words by value, those left out that are not there or that nothing is called."""
    found = {}
    for value, word in listed.items():
        text = _filled(value, holes)
        said = holes.words.behaviour(word) if behaviours else word
        if text is not GONE and said is not None:
            found[text] = said
    return found
