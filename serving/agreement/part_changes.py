"""What somebody changed in the form of a part: the values that differ, each at its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from serving.agreement.choice import ChosenChanges, Place
from serving.agreement.part_form import IDENTITY, NEW, PartForm


def changed_in(form: PartForm, written: Mapping[str, str]) -> ChosenChanges:
    """What somebody changed in a form.

    Parameters
    ----------
    form : PartForm
    written : mapping from str to str
        What the fields hold now, by their names.

    Raises
    ------
    DefinitionError
        If a field is no YAML where it must be.
    """
    found = {one.place: one.read(written.get(one.name, one.value)) for one in form.fields}
    before = {one.place: one.content for one in form.fields}
    changed = {place: value for place, value in found.items() if value != before[place]}
    if form.is_new:
        return ChosenChanges(values=_added(form, changed) if changed else {})
    return ChosenChanges(values=dict(_whole_sections(form.place, changed, before, found)))


def _added(form: PartForm, written: Mapping[Place, Any]) -> Mapping[Place, Any]:
    """A new item by its place; who gives it no name finds one made of its English words."""
    content = _nested(written)
    if any(one.name == "name" for one in form.fields):
        content = {"name": content.get("name") or _name_for(content), **content}
    name = next((str(content[key]) for key in IDENTITY if key in content), NEW)
    return {(*form.place[:-1], name): content}


def _whole_sections(
    base: Place,
    changed: Mapping[Place, Any],
    before: Mapping[Place, Any],
    after: Mapping[Place, Any],
) -> Iterator[tuple[Place, Any]]:
    """Changed values by place; a section that appears or goes is one value of its own."""
    done: set[Place] = set()
    for place, value in changed.items():
        section = next(
            (
                place[:depth]
                for depth in range(1, len(place))
                if _is_blank(before, place[:depth]) or _is_blank(after, place[:depth])
            ),
            None,
        )
        if section is None:
            yield (*base, *place), value
        elif section not in done:
            done.add(section)
            inner = {p[len(section) :]: v for p, v in after.items() if p[: len(section)] == section}
            content = _nested({p: v for p, v in inner.items() if v is not None})
            yield (*base, *section), content or None


def _is_blank(values: Mapping[Place, Any], section: Place) -> bool:
    return all(v is None for p, v in values.items() if p[: len(section)] == section)


def _nested(values: Mapping[Place, Any]) -> dict[str, Any]:
    """Values by place as mappings within mappings."""
    whole: dict[str, Any] = {}
    for place, value in values.items():
        inner = whole
        for step in place[:-1]:
            inner = inner.setdefault(step, {})
        inner[place[-1]] = value
    return whole


def _name_for(content: Mapping[str, Any]) -> str:
    """A name for a new item from its English words."""
    label = content.get("label") or {}
    name = re.sub("[^a-z0-9]+", "_", str(label.get("en", "")).lower()).strip("_")
    return name[:50] if name[:1].isalpha() else f"added_{name[:40]}".rstrip("_")
