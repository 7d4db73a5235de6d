"""Two hashes of what a definition says, whatever its formatting, comments and order of keys.

Why two: changed words, points or cut-off rules need a new release with the same boosters, at once;
changed inputs or outcomes need the boosters to be learned again. Values that equal the default are
left out, so that writing a default down, or a later version adding a key, changes neither hash.
The order of behaviours and attributes means nothing and is sorted away; the order of rules, phases
and KPIs is how people read them and counts.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

MODEL_KEYS = (
    "time_zone",
    "behaviours",
    "attributes",
    "roles",
    "windows",
    "snapshots",
    "outcome",
)
"""What boosters are learned from; everything else is agreement."""

LATER_MODEL_KEYS = ("learning",)
"""As those, for keys added since: where absent they must leave older hashes as they were."""

WORD_KEYS = ("label", "labels", "question")
"""Inside the model keys, what is only shown to people: part of the agreement."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """Hashes of the two parts of a definition, 16 hexadecimal digits each."""

    model: str
    agreement: str


def fingerprint_of(content: dict[str, Any]) -> Fingerprint:
    """Fingerprint of a definition's content.

    Parameters
    ----------
    content : dict
        The definition as JSON values, without those equal to their default.

    Returns
    -------
    Fingerprint
    """
    model = {key: _without_words(_sorted_by_name(content.get(key))) for key in MODEL_KEYS}
    model |= {key: content[key] for key in LATER_MODEL_KEYS if key in content}
    words = {key: _only_words(content.get(key)) for key in MODEL_KEYS}
    of_model = (*MODEL_KEYS, *LATER_MODEL_KEYS)
    rest = {key: value for key, value in content.items() if key not in of_model}
    return Fingerprint(model=_digest(model), agreement=_digest({**rest, "words": words}))


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sorted_by_name(content: Any) -> Any:
    if isinstance(content, list) and all(isinstance(item, dict) for item in content):
        return sorted(content, key=lambda item: str(item["name"]))
    return content


def _without_words(content: Any) -> Any:
    if isinstance(content, dict):
        return {
            key: _without_words(value) for key, value in content.items() if key not in WORD_KEYS
        }
    if isinstance(content, list):
        return [_without_words(item) for item in content]
    return content


def _only_words(content: Any) -> Any:
    """Words by the name of the item they belong to; None where there are none."""
    if isinstance(content, list):
        named = {item["name"]: _only_words(item) for item in content if isinstance(item, dict)}
        return named or None
    if isinstance(content, dict):
        words = {key: content[key] for key in WORD_KEYS if key in content}
        inner = {key: _only_words(value) for key, value in content.items() if key not in WORD_KEYS}
        words.update({key: value for key, value in inner.items() if value})
        return words or None
    return None
