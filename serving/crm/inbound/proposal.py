"""A mapping proposed from a CRM's own list of fields, as text that people read and correct.

What a field is taken for follows the headers that exports of all vendors are recognised by, in
Japanese and English, then the labels of the lead definition's own attributes.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from features.definition import LeadDefinition
from features.importing import parse_mapping
from features.importing.presets.kinds import canonical
from features.importing.presets.leads import LEAD_FIELDS
from features.importing.presets.vocabulary import Vocabulary
from serving.crm.inbound.records import CHANGES, FieldInfo

Entry = dict[str, Any]

FORM_WORDS = (
    ("consultation_request", r"相談|見積|デモ|商談|consult|quote|estimate|demo|trial|トライアル"),
    ("webinar", r"セミナー|ウェビナー|webinar|seminar|イベント"),
    (
        "document_download",
        r"資料|ダウンロード|ホワイトペーパー|download|white ?paper|e-?book",
    ),
    ("inquiry", r"問い?合わ?せ|inquiry|enquiry|contact"),
)
"""What a form is taken for by its name; the first that fits."""

APART = r"renew|onboard|upsell|更新|継続|オンボーディング|導入支援|追加"
"""Names of pipelines and record types that begin after the win."""


def attributes_of(fields: Iterable[FieldInfo], definition: LeadDefinition) -> dict[str, str]:
    """Attributes of the lead definition by the CRM's field that fills them, the best of several.

    An attribute's own name or label counts before the headers that exports go by; an earlier field
    before a later one.
    """
    known = Vocabulary(definition=definition).attributes()
    by_header = {
        canonical(header): (rank + 1, name)
        for name, headers in LEAD_FIELDS.items()
        for rank, header in enumerate(headers)
        if name in known
    }
    for item in definition.attributes:
        for text in (item.name, item.label.ja, item.label.en):
            by_header[canonical(text)] = (0, item.name)
    best: dict[str, tuple[int, str]] = {}
    for field in fields:
        found = [by_header[key] for key in _keys(field) if key in by_header]
        if not found:
            continue
        rank, attribute = min(found)
        if attribute not in best or rank < best[attribute][0]:
            best[attribute] = (rank, field.name)
    return {field: attribute for attribute, (_, field) in best.items()}


def apart(names: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Pipelines or record types that count, where there are several, and names of the others.

    Parameters
    ----------
    names : mapping of str to str
        What people call each, by its id.
    """
    aside = [key for key, name in names.items() if re.search(APART, _plain(name), re.IGNORECASE)]
    if len(names) < 2 or len(aside) == len(names):
        return {}, []
    counted = {key: name for key, name in names.items() if key not in aside}
    return counted, [names[key] for key in aside]


def form_behaviours(names: Iterable[str], definition: LeadDefinition) -> dict[str, str]:
    """What each form is taken for, by its name; those that tell nothing are left out."""
    behaviours = {item.name for item in definition.behaviours}
    guessed = {name: _behaviour_of_form(name, behaviours) for name in names}
    return {name: behaviour for name, behaviour in guessed.items() if behaviour is not None}


def changes_entry(
    attributes: dict[str, str], *, outcomes: Sequence[Entry] = (), more: Entry | None = None
) -> Entry:
    """Propose the mapping entry for changes of leads' fields: facts, known since they were entered.

    Parameters
    ----------
    attributes : dict of str to str
        Attribute of the lead definition by the CRM's field that fills it.
    outcomes : sequence of dict
        Entries that read outcomes from changes.
    more : dict, optional
        Further keys of the entry, such as ``hand_overs`` or ``events``.
    """
    fact = {
        "attribute": {"column": "field", "values": attributes, "others": "skip"},
        "column": "value",
        "known_at": {"column": "at"},
    }
    entry: Entry = {"match": CHANGES, "lead_id": "lead"}
    if attributes:
        entry["facts"] = [fact]
    if outcomes:
        entry["outcomes"] = list(outcomes)
    return entry | (more or {})


def written(entries: Sequence[Entry], definition: LeadDefinition, notes: Sequence[str]) -> str:
    """Write the mapping as YAML text and check it as if somebody had written it by hand.

    Parameters
    ----------
    entries : sequence of dict
        One for each table that is read.
    definition : LeadDefinition
        What the mapping must fit.
    notes : sequence of str
        Comment lines for the top, without their ``#``.

    Raises
    ------
    LeadDataError
        If it does not fit the lead definition.
    """
    text = "".join(f"# {line}\n" for line in notes) + yaml.dump(
        {"format": 1, "time_zone": "UTC", "files": list(entries)},
        Dumper=_PlainDumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    parse_mapping(text, "proposed mapping", definition)
    return text


class _PlainDumper(yaml.SafeDumper):
    """Writes a part that stands twice twice: people read the text, and anchors puzzle them."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _keys(field: FieldInfo) -> tuple[str, str]:
    return canonical(field.name), canonical(field.label)


def _behaviour_of_form(name: str, behaviours: set[str]) -> str | None:
    plain = _plain(name)
    for behaviour, pattern in FORM_WORDS:
        if behaviour in behaviours and re.search(pattern, plain, re.IGNORECASE):
            return behaviour
    return None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)
