"""Names and labels of what was found, as lead definition and mapping write them alike."""

import re
from dataclasses import dataclass, replace

import numpy as np

from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.attributes import Attribute
from features.definition.yaml.check_references import CONCEPTS
from features.importing.presets.kinds import canonical
from features.importing.presets.vocabulary import BEHAVIOURS as BEHAVIOUR_NAMES
from features.importing.presets.vocabulary import Vocabulary
from features.importing.proposal.column_guess import ColumnGuess, ColumnRole, Understanding
from features.importing.proposal.column_profile import ColumnProfile
from features.importing.proposal.looked_at import LookedAt, lifecycle
from features.importing.proposal.outcome import OutcomeGuess
from features.importing.proposal.words import (
    ATTRIBUTES,
    BEHAVIOURS,
    LIFECYCLE_DONE,
    SALES,
    behaviour_named,
    plain_header,
)

MOST_BEHAVIOURS = 25
RESERVED = {
    *CONCEPTS,
    "account_id",
    "owner",
    "team",
}

LABELS = {
    "unsubscribe": Text(ja="配信停止", en="Unsubscribe"),
    "consultation_request": Text(ja="相談・見積もり依頼", en="Consultation request"),
    "inquiry": Text(ja="問い合わせ", en="Inquiry"),
    "webinar": Text(ja="セミナー参加", en="Webinar"),
    "document_download": Text(ja="資料ダウンロード", en="Document download"),
    "pricing_page_visit": Text(ja="料金ページ訪問", en="Pricing page visit"),
    "email_click": Text(ja="メールのクリック", en="E-mail click"),
    "email_open": Text(ja="メールの開封", en="E-mail open"),
    "page_visit": Text(ja="サイト訪問", en="Site visit"),
}
"""Labels of the behaviours of the field; others are called as the files call them."""


@dataclass(frozen=True, kw_only=True)
class NamedBehaviour:
    """A behaviour found: in columns of dates, or as a value of a log's type."""

    name: str
    label: Text
    points: int
    actor: str
    values: tuple[str, ...] = ()
    columns: tuple[ColumnGuess, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NamedAttribute:
    """An attribute found, with the column that fills it."""

    name: str
    kind: str
    label: Text
    column: ColumnGuess
    profile: ColumnProfile
    field: str = ""
    """What a history calls it; blank for a column."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """What was found, as lead definition and mapping call it.

    Attributes
    ----------
    behaviours, attributes : tuple
    identifiers : tuple of (str, ColumnGuess, str)
        Who is in charge, and the company: name, column, and since when it is known. They group
        leads and are never scored.
    """

    behaviours: tuple[NamedBehaviour, ...]
    attributes: tuple[NamedAttribute, ...]
    identifiers: tuple[tuple[str, ColumnGuess, str], ...]


def name_all(found: Understanding) -> Named:
    """Names for everything that was found; no two are alike."""
    behaviours, identifiers = name_behaviours(found), tuple(_identifiers(found))
    taken = {b.name for b in behaviours} | {name for name, _, _ in identifiers}
    attributes = name_attributes(found, taken)
    return Named(behaviours=behaviours, attributes=attributes, identifiers=identifiers)


def as_agreed(named: Named, definition: LeadDefinition) -> Named:
    """What a lead definition has a word for, called as it calls it.

    Its own names and labels count before what is found under the names of the field.
    """
    words = Vocabulary(definition=definition)
    of = {b.name for b in definition.behaviours}
    synonyms = {
        name: words.behaviour(what) for what, names in BEHAVIOUR_NAMES.items() for name in names
    }
    behaviours: dict[str, NamedBehaviour] = {}
    for item in named.behaviours:
        name = item.name if item.name in of else synonyms.get(item.name)
        if name is not None:
            first = behaviours.get(name, replace(item, values=(), columns=()))
            behaviours[name] = replace(
                first,
                name=name,
                values=(*first.values, *item.values),
                columns=(*first.columns, *item.columns),
            )
    told = {canonical(text): a.name for a in definition.attributes for text in _called(a)}
    attributes: dict[str, NamedAttribute] = {}
    for attribute in named.attributes:
        name = told.get(canonical(attribute.field or attribute.column.header))
        name = name or told.get(canonical(attribute.name))
        if name is not None:
            attributes.setdefault(name, replace(attribute, name=name))
    known = {a.name for a in definition.attributes} - set(attributes)
    return Named(
        behaviours=tuple(behaviours.values()),
        attributes=tuple(attributes.values()),
        identifiers=tuple(one for one in named.identifiers if one[0] in known),
    )


def _called(attribute: Attribute) -> tuple[str, ...]:
    return attribute.name, attribute.label.ja, attribute.label.en


def slug(text: str, otherwise: str, taken: set[str]) -> str:
    """A name for a header: its Latin letters, or a stand-in with a number.

    Parameters
    ----------
    text : str
    otherwise : str
        The stand-in for headers in other letters.
    taken : set of str
        Names in use; the new one is added.
    """
    name = re.sub(r"[^a-z0-9]+", "_", plain_header(text)).strip("_")[:40]
    name = re.sub(r"^(?=\d)", "x_", name) if name else ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name or "") or not plain_header(text).isascii():
        name = otherwise
    numbered, at = name, 2
    while numbered in taken:
        numbered, at = f"{name}_{at}", at + 1
    taken.add(numbered)
    return numbered


@dataclass(frozen=True, kw_only=True)
class ActivityLog:
    """A table of what leads did: the columns of what happened and when."""

    file: LookedAt
    kind: ColumnProfile
    at: ColumnProfile


def activity_logs(found: Understanding) -> tuple[ActivityLog, ...]:
    """Tables with a column that says what happened and one that says when, by their roles."""
    tables = found.tables
    files = [tables.leads] if tables.is_log else [link.file for link in tables.linked]
    logs = []
    for file in files:
        kinds = [c for c in found.of(ColumnRole.BEHAVIOUR, file.name) if not c.named]
        if tables.is_log and not kinds:
            # Where leads are made of a log, what happened tells the outcome, too.
            told = {outcome.column for outcome in found.outcomes}
            kinds = [c for c in found.of(ColumnRole.OUTCOME, file.name) if c.header in told]
        times = found.of(ColumnRole.TIME, file.name)
        at = times[0] if times else found.created if file is tables.leads else None
        if kinds and at is not None:
            kind = file.column(kinds[0].header)
            logs.append(ActivityLog(file=file, kind=kind, at=file.column(at.header)))
    return tuple(logs)


def name_behaviours(found: Understanding) -> tuple[NamedBehaviour, ...]:
    """Behaviours of a log, the commonest, and those that have a column of dates."""
    taken = set(RESERVED)
    named: dict[str, NamedBehaviour] = {}
    for log in activity_logs(found):
        results = _results(found.outcomes, log.file, log.kind)
        begun = _begun(log.file, log.kind)
        for text in [t for t in log.kind.values if t not in results][:MOST_BEHAVIOURS]:
            known = behaviour_named(text)
            if any(text in other.values for other in named.values()):
                continue
            if known is not None and known[0] in named:
                old = named[known[0]]
                named[known[0]] = replace(old, values=(*old.values, text))
                continue
            name = known[0] if known else slug(text, "behaviour", taken)
            by_sales = SALES.search(plain_header(text)) is not None or text in begun
            named[name] = NamedBehaviour(
                name=name,
                label=LABELS.get(name, Text(ja=text, en=text)),
                points=known[1] if known else 5,
                actor="sales" if by_sales else "lead",
                values=(text,),
            )
    for column in found.of(ColumnRole.BEHAVIOUR):
        if column.named:
            points = next(points for name, points, _ in BEHAVIOURS if name == column.named)
            of_dates = NamedBehaviour(
                name=column.named, label=LABELS[column.named], points=points, actor="lead"
            )
            item = named.get(column.named, of_dates)
            named[column.named] = replace(item, columns=(*item.columns, column))
    return tuple(named.values())


def _results(outcomes: tuple[OutcomeGuess, ...], file: LookedAt, kind: ColumnProfile) -> set[str]:
    return {
        text
        for o in outcomes
        if o.file == file.name and o.column == kind.header
        for text in o.values
    }


def _begun(file: LookedAt, kind: ColumnProfile) -> set[str]:
    """Types that are begun before they are completed: work of people, not what leads did."""
    state = lifecycle(file)
    if state is None:
        return set()
    begun = kind.rows[~state.says_one_of(LIFECYCLE_DONE)]
    return set(kind.texts.take(np.unique(begun)))


def name_attributes(found: Understanding, taken: set[str]) -> tuple[NamedAttribute, ...]:
    """Attributes, those of looked-up tables too; what people are called is none of them."""
    taken |= RESERVED
    files = {f.name: f for f in (found.tables.leads, *(k.file for k in found.tables.looked_up))}
    named = []
    columns = [
        (column, files[column.file].column(column.header), "")
        for column in found.of(ColumnRole.ATTRIBUTE)
    ]
    known = {column.named for column, _, _ in columns if column.named}
    columns += [
        (column, profile, text)
        for history in found.histories
        for text, (column, profile) in history.attributes.items()
        if column.named not in known
    ]
    for column, profile, text in columns:
        label = next((text for name, _, _, text in ATTRIBUTES if name == column.named), None)
        label = label or Text(ja=column.header, en=column.header)
        name = slug(column.named or column.header, "field", taken)
        named.append(
            NamedAttribute(
                name=name,
                kind=column.kind,
                label=label,
                column=column,
                profile=profile,
                field=text,
            )
        )
    return tuple(named)


def _identifiers(found: Understanding) -> list[tuple[str, ColumnGuess, str]]:
    leads = found.tables.leads.name
    rows: list[tuple[str, ColumnGuess, str]] = []
    for name, role in (
        ("account_id", ColumnRole.ACCOUNT),
        ("owner", ColumnRole.OWNER),
        ("team", ColumnRole.TEAM),
    ):
        columns = found.of(role, leads)
        if not columns and role == ColumnRole.ACCOUNT:
            columns = tuple(c for c in found.of(ColumnRole.PERSON, leads) if c.named == "company")
        if not columns:
            columns = tuple(c for h in found.hand_overs for c in found.of(role, h.file.name))
        rows += [(name, column, "unknown") for column in columns[:1]]
    email = next((c for c in found.of(ColumnRole.PERSON, leads) if c.named == "email"), None)
    if email is not None:
        rows.append(("email_domain", email, "created"))
    return rows
