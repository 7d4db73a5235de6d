"""Mistakes in a YAML file, each with its line, its place, what must hold and what came.

Everything wrong is collected first and reported in one error, ordered by line.
"""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from features.core.errors import AwaseError, DefinitionError
from features.definition.yaml.document import Path, YamlDocument

MAX_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class DefinitionFault:
    """One mistake.

    ``must`` is what has to hold, as in "must be a whole number"; ``allowed`` are the values that
    would do; ``got`` says False where showing what came would add nothing.
    """

    path: Path
    must: str
    allowed: tuple[str, ...] = ()
    got: bool = True
    advice: str = ""


def raise_faults(
    document: YamlDocument,
    faults: Iterable[DefinitionFault],
    *,
    subject: str = "the lead definition",
    kind: type[AwaseError] = DefinitionError,
) -> None:
    """Raise one error that lists every mistake, in order of lines.

    Parameters
    ----------
    document : YamlDocument
    faults : iterable of DefinitionFault
    subject : str
        What the file is, as the error calls it.
    kind : type
        Which error to raise.

    Raises
    ------
    DefinitionError
        Or another ``kind``, if there is at least one mistake.
    """
    lines = sorted({(document.line(fault.path), _sentence(document, fault)) for fault in faults})
    if lines:
        head = f"{document.origin}: {subject} has {_counted(len(lines), 'mistake')}:"
        raise kind("\n".join([head, *(text for _, text in lines)]))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def place(document: YamlDocument, path: Path) -> str:
    """Where something stands: ``file:line: key.path``."""
    shown = shown_path(document.content, path)
    return f"{document.origin}:{document.line(path)}: {shown}"


def _sentence(document: YamlDocument, fault: DefinitionFault) -> str:
    text = f"{place(document, fault.path)}: {fault.must}"
    if fault.got:
        text += f"; got {_shown(value_at(document.content, fault.path))}"
    text += "."
    if fault.allowed:
        text += f" {_did_you_mean(document, fault)}Allowed: {', '.join(fault.allowed)}."
    return f"{text} {fault.advice}".rstrip()


def _did_you_mean(document: YamlDocument, fault: DefinitionFault) -> str:
    came = value_at(document.content, fault.path) if fault.got else fault.path[-1]
    close = difflib.get_close_matches(str(came), fault.allowed, n=1)
    return f"Did you mean {close[0]}? " if close else ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def value_at(content: Any, path: Sequence[str | int]) -> Any:
    """The value at a path; None where there is none."""
    for step in path:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def shown_path(content: Any, path: Path) -> str:
    """A path as people read it: ``rulebook.rules[department_head].points``.

    Items are shown by name where they have one, else counted from 1.
    """
    text = ""
    for depth, step in enumerate(path):
        if isinstance(step, str):
            text += f".{step}" if text else step
            continue
        item = value_at(content, path[: depth + 1])
        name = item.get("name") if isinstance(item, dict) else None
        text += f"[{name}]" if isinstance(name, str) else f"[{step + 1}]"
    return text or "the file"
