"""Cross-checks of conditions: is what they ask about declared, and can its kind answer?"""

from collections.abc import Iterator
from typing import Any

from features.core.parsing.job_title import Seniority
from features.definition.conditions import CONDITION_KEYS, AttributeCondition, BehaviourCondition
from features.definition.kinds import KINDS
from features.definition.outcome import Windows
from features.definition.yaml.document import Path
from features.definition.yaml.draft import PartialDefinition, read_part
from features.definition.yaml.errors import DefinitionFault


def condition_faults(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    """Faults in every condition of the rulebook, wherever it stands."""
    for path, content in _located(draft.raw("rulebook"), ("rulebook",)):
        if "behaviour" in content:
            yield from _behaviour_faults(draft, path, content)
        elif "attribute" in content:
            yield from _attribute_faults(draft, path, content)


def _located(content: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Conditions about one thing inside plain values, with their paths."""
    if isinstance(content, list):
        for at, item in enumerate(content):
            yield from _located(item, (*path, at))
    elif isinstance(content, dict):
        if "when" in path and sum(key in content for key in CONDITION_KEYS) == 1:
            yield path, content
        for key, value in content.items():
            yield from _located(value, (*path, key))


def _behaviour_faults(
    draft: PartialDefinition, path: Path, content: dict[str, Any]
) -> Iterator[DefinitionFault]:
    name = content["behaviour"]
    if isinstance(name, str) and name not in draft.lead_behaviours:
        must = "must be a declared behaviour whose actor is the lead"
        yield DefinitionFault(path=(*path, "behaviour"), must=must, allowed=draft.lead_behaviours)
    condition = read_part(BehaviourCondition, content)
    if condition is None:
        return
    if condition.bounds == (0, None):
        must = "must ask for something: at least 0 times is always true"
        yield DefinitionFault(path=(*path, "at_least"), must=must)
    if condition.within_days is None:
        return
    if draft.undated:
        must = "must be left out with `snapshots: {at: undated}`, where nothing has a date"
        yield DefinitionFault(path=(*path, "within_days"), must=must)
        return
    windows = draft.part(Windows, "windows") if draft.raw("windows") is not None else Windows()
    if windows is not None and condition.within_days not in windows.days:
        must = "must be one of `windows: days`, over which behaviours are counted"
        allowed = tuple(str(days) for days in windows.days)
        yield DefinitionFault(path=(*path, "within_days"), must=must, allowed=allowed)


def _attribute_faults(
    draft: PartialDefinition, path: Path, content: dict[str, Any]
) -> Iterator[DefinitionFault]:
    name = content["attribute"]
    judged = tuple(key for key, kind in draft.kinds.items() if kind != "identifier")
    if not isinstance(name, str) or name not in judged:
        must = "must be a declared attribute, of any kind but identifier"
        yield DefinitionFault(path=(*path, "attribute"), must=must, allowed=judged)
        return
    kind = KINDS.get(draft.kinds[name] or "")
    if kind is None:
        return  # the kind itself is at fault
    fitting = ("known", *kind.tests)
    for key in content:
        if key in AttributeCondition.model_fields and key not in ("attribute", *fitting):
            must = f"must be a test that an attribute of kind {kind.name} can answer"
            yield DefinitionFault(path=(*path, key), must=must, allowed=fitting, got=False)
    condition = read_part(AttributeCondition, content)
    if condition is not None:
        yield from _contradictions(path, condition)


def _contradictions(path: Path, condition: AttributeCondition) -> Iterator[DefinitionFault]:
    if condition.known is False and len(condition.tests) > 1:
        must = "must not be false beside other tests: what is unknown fulfils none of them"
        yield DefinitionFault(path=(*path, "known"), must=must)
    low, high = condition.seniority_at_least, condition.seniority_at_most
    if low and high and Seniority[low.upper()] > Seniority[high.upper()]:
        must = f"must not be below seniority_at_least ({low})"
        yield DefinitionFault(path=(*path, "seniority_at_most"), must=must)
