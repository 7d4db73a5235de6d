"""Cross-checks of a definition outside its rulebook: names, references, dates, cut-offs, phases.

Each check yields the faults it finds; :func:`all_faults` joins them. To add one: write a generator
over :class:`PartialDefinition` and list it in ``CHECKS``.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import get_args

from features.definition.attributes import Attribute
from features.definition.behaviours import Behaviour
from features.definition.kinds import KINDS
from features.definition.outcome import Learning, Outcome, Snapshots, Windows
from features.definition.terms import (
    CapacityCutOff,
    CutOffs,
    EntryPoint,
    Kpi,
    PrecisionCutOff,
    RulebookVolumeCutOff,
    Sales,
    ValueCutOff,
)
from features.definition.trial import Trial
from features.definition.yaml.check_rulebook import RULE_CHECKS
from features.definition.yaml.document import Path
from features.definition.yaml.draft import PartialDefinition
from features.definition.yaml.errors import DefinitionFault

CONCEPTS = ("account", "activity", "colleagues", "completeness", "days_since_creation")
"""Names of what is computed over all behaviours or attributes together."""

NAMED_LISTS: tuple[Path, ...] = (
    ("behaviours",),
    ("attributes",),
    ("rulebook", "rules"),
    ("rulebook", "matrix", "behaviour"),
    ("rulebook", "matrix", "information"),
    ("phases",),
    ("kpis",),
    ("verdict_reasons", "accepted"),
    ("verdict_reasons", "returned"),
)

LEARNED: Path = ("trial", "learned_rulebook")

UNIT_KINDS = tuple(kind.name for kind in KINDS.values() if kind.has_unit)

SEGMENT_KINDS = tuple(kind.name for kind in KINDS.values() if kind.is_segment)

CURRENCY_LETTERS = 3


def all_faults(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    """Every mistake that shows only when parts are held against each other."""
    for check in CHECKS:
        yield from check(draft)


def _ranges_have_two_ends(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    for path, kpi in draft.items(Kpi, "kpis"):
        if kpi.at_most is None:
            continue
        if not kpi.bigger_is_better:
            must = "must be left out where less is better: the target is the most already"
            yield DefinitionFault(path=(*path, "at_most"), must=must)
        elif kpi.at_most < kpi.target:
            must = f"must be at least the target ({kpi.target:g})"
            yield DefinitionFault(path=(*path, "at_most"), must=must)


def _names_stand_once(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    for place in NAMED_LISTS:
        seen: set[str] = set()
        for path, name in draft.names(*place):
            if name in seen:
                yield DefinitionFault(path=path, must="must be a name not used above")
            seen.add(name)


def _concepts_differ(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    behaviours = {name for _, name in draft.names("behaviours")}
    for path, name in draft.names("attributes"):
        if name in behaviours:
            yield DefinitionFault(path=path, must="must differ from the names of behaviours")
    for place in ("behaviours", "attributes"):
        for path, name in draft.names(place):
            if name in CONCEPTS:
                yield DefinitionFault(path=path, must=f"must not be one of {', '.join(CONCEPTS)}")


def _amounts_differ_from_behaviours(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    names = {name for _, name in draft.names("behaviours")}
    for path, behaviour in draft.items(Behaviour, "behaviours"):
        if behaviour.amount and f"{behaviour.name}_{behaviour.amount.unit}" in names:
            must = f"must not make the name of a behaviour with {behaviour.name}_ before it"
            yield DefinitionFault(path=(*path, "amount", "unit"), must=must)


def _units_fit(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    for path, attribute in draft.items(Attribute, "attributes"):
        unit = attribute.unit
        if attribute.kind == "money" and not _is_currency(unit):
            must = "must give the currency of money as three capital letters, as in JPY"
            yield DefinitionFault(path=(*path, "unit"), must=must)
        elif unit is not None and attribute.kind not in UNIT_KINDS:
            must = (
                f"must be left out for kind {attribute.kind}; only {', '.join(UNIT_KINDS)} have one"
            )
            yield DefinitionFault(path=(*path, "unit"), must=must)


def _is_currency(unit: str | None) -> bool:
    return unit is not None and len(unit) == CURRENCY_LETTERS and unit.isascii() and unit.isupper()


def _roles_are_identifiers(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    roles = draft.raw("roles")
    identifiers = tuple(name for name, kind in draft.kinds.items() if kind in ("identifier", None))
    for role, name in (roles if isinstance(roles, dict) else {}).items():
        if isinstance(name, str) and name not in identifiers:
            must = "must be an attribute of kind identifier"
            yield DefinitionFault(path=("roles", role), must=must, allowed=identifiers)


def _segments_are_attributes(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    segments = draft.raw("segments")
    fitting = tuple(
        name for name, kind in draft.kinds.items() if kind is None or kind in SEGMENT_KINDS
    )
    for at, name in enumerate(segments if isinstance(segments, list) else ()):
        if isinstance(name, str) and name not in fitting:
            must = f"must be an attribute of kind {', '.join(SEGMENT_KINDS)}"
            yield DefinitionFault(path=("segments", at), must=must, allowed=fitting)
        if name in segments[:at]:
            yield DefinitionFault(path=("segments", at), must="must stand once")


def _acknowledged_are_attributes(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    acknowledged = draft.raw("gate", "acknowledged")
    attributes = tuple(draft.kinds)
    for at, name in enumerate(acknowledged if isinstance(acknowledged, list) else ()):
        if isinstance(name, str) and name not in attributes:
            must = "must be an attribute of this definition"
            yield DefinitionFault(path=("gate", "acknowledged", at), must=must, allowed=attributes)


def _windows_ascend(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    windows = draft.part(Windows, "windows")
    for key in ("days", "half_lives_days") if windows else ():
        days = getattr(windows, key)
        if list(days) != sorted(set(days)):
            yield DefinitionFault(path=("windows", key), must="must grow from number to number")


def _account_windows_have_accounts(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    windows = draft.part(Windows, "windows")
    if windows and windows.account and draft.raw("roles", "account") is None:
        must = "must be false where roles name no account"
        yield DefinitionFault(path=("windows", "account"), must=must)


def _snapshots_fit(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    snapshots = draft.part(Snapshots, "snapshots")
    if snapshots is None:
        return
    path: Path = ("snapshots", "behaviour")
    if snapshots.at == "event" and snapshots.behaviour not in draft.lead_behaviours:
        must = "must be a behaviour whose actor is the lead, because of `at: event`"
        yield DefinitionFault(path=path, must=must, allowed=draft.lead_behaviours)
    if snapshots.at != "event" and snapshots.behaviour is not None:
        yield DefinitionFault(path=path, must="must be left out unless `at: event`")
    path = ("snapshots", "days")
    if snapshots.at != "age" and snapshots.days:
        yield DefinitionFault(path=path, must="must be left out unless `at: age`")
    if snapshots.at == "age" and list(snapshots.days) != sorted({*snapshots.days}):
        yield DefinitionFault(path=path, must="must grow from number to number")
    if snapshots.at == "age" and not snapshots.days:
        must = "must name at least one number of days, because of `at: age`"
        yield DefinitionFault(path=path, must=must)
    if snapshots.at == "undated" and snapshots.starts_on is not None:
        path = ("snapshots", "starts_on")
        yield DefinitionFault(
            path=path, must="must be left out with `at: undated`, where nothing has a date"
        )


def _outcome_fits(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    outcome = draft.part(Outcome, "outcome")
    if outcome is None:
        return
    path: Path = ("outcome", "horizon_days")
    if draft.undated and outcome.horizon_days is not None:
        yield DefinitionFault(path=path, must="must be null with `snapshots: {at: undated}`")
    if not draft.undated and outcome.horizon_days is None:
        must = "must be a number of days; only `snapshots: {at: undated}` goes without"
        yield DefinitionFault(path=path, must=must)
    if draft.undated and outcome.outcome_delay_days:
        must = "must be 0 with `snapshots: {at: undated}`"
        yield DefinitionFault(path=("outcome", "outcome_delay_days"), must=must)
    if len(set(outcome.ends)) < len(outcome.ends):
        yield DefinitionFault(path=("outcome", "ends"), must="must name each stage once")


def _learning_fits(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    learning, snapshots = draft.part(Learning, "learning"), draft.part(Snapshots, "snapshots")
    at = "monthly" if snapshots is None else snapshots.at
    if learning and learning.weight_by_propensity and at != "monthly":
        must = (
            "must be false unless `snapshots: {at: monthly}`: hand-overs have moments of their own"
        )
        yield DefinitionFault(path=("learning", "weight_by_propensity"), must=must)


def _trial_fits(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    trial = draft.part(Trial, "trial")
    if trial is None:
        return
    if draft.undated:
        must = "must be left out with `snapshots: {at: undated}`: a trial runs over months"
        yield DefinitionFault(path=("trial",), must=must)
    sales = draft.part(Sales, "sales")
    if trial.counted == "hours_per_100_leads" and (sales is None or sales.hours_per_lead is None):
        must = "must be another figure unless `sales: {hours_per_lead: ...}` says the hours"
        yield DefinitionFault(path=("trial", "counted"), must=must)


def _learned_rulebook_fits(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    """Hold the rulebook that a trial brings along to all that the rulebook itself must keep."""
    learned = draft.raw(*LEARNED)
    if not isinstance(learned, dict):
        return
    content = {**draft.document.content, "rulebook": learned}
    judged = PartialDefinition(replace(draft.document, content=content))
    for check in (*RULE_CHECKS, _names_stand_once):
        for fault in check(judged):
            if fault.path[0] == "rulebook":
                yield replace(fault, path=(*LEARNED, *fault.path[1:]))


def _cut_offs_fit(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    cut_offs = draft.part(CutOffs, "cut_offs")
    if cut_offs is None:
        return
    for key in ("mql", "sql"):
        if draft.undated and isinstance(getattr(cut_offs, key), CapacityCutOff):
            must = (
                "must be precision, value or rulebook_volume with `snapshots: {at: undated}`, "
                "where there are no months"
            )
            yield DefinitionFault(path=("cut_offs", key, "rule"), must=must)
        yield from _rulebook_cuts(draft, cut_offs, key)
    match cut_offs.mql, cut_offs.sql:
        case CapacityCutOff(per_month=mql), CapacityCutOff(per_month=sql) if sql > mql:
            must = f"must not be above that of mql ({mql}): every SQL is an MQL too"
            yield DefinitionFault(path=("cut_offs", "sql", "per_month"), must=must)
        case PrecisionCutOff(at_least=low), PrecisionCutOff(at_least=high) if high < low:
            must = f"must not be below that of mql ({low:g}): every SQL is an MQL too"
            yield DefinitionFault(path=("cut_offs", "sql", "at_least"), must=must)
        case ValueCutOff(break_even=low), ValueCutOff(break_even=high) if high < low:
            must = (
                f"must not break even below mql ({high:.3g} against {low:.3g} of the leads): "
                "every SQL is an MQL too"
            )
            yield DefinitionFault(path=("cut_offs", "sql"), must=must)


def _rulebook_cuts(
    draft: PartialDefinition, cut_offs: CutOffs, key: str
) -> Iterator[DefinitionFault]:
    if isinstance(getattr(cut_offs, key), RulebookVolumeCutOff) and not draft.raw("rulebook", key):
        must = f"must be another rule where the rulebook has no {key}: its volume is nobody"
        yield DefinitionFault(path=("cut_offs", key, "rule"), must=must)


def _phases_follow(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    order = get_args(EntryPoint)
    phases = draft.raw("phases")
    reached = -1
    for at, phase in enumerate(phases if isinstance(phases, list) else ()):
        entered_at = phase.get("entered_at") if isinstance(phase, dict) else None
        if entered_at not in order:
            continue
        path: Path = ("phases", at, "entered_at")
        if at == 0 and entered_at != order[0]:
            yield DefinitionFault(path=path, must=f"must be {order[0]} for the first phase")
        elif order.index(entered_at) <= reached:
            must = f"must come after the phase before, in the order {', '.join(order)}"
            yield DefinitionFault(path=path, must=must)
        reached = max(reached, order.index(entered_at))


Check = Callable[[PartialDefinition], Iterator[DefinitionFault]]

CHECKS: tuple[Check, ...] = (
    _names_stand_once,
    _concepts_differ,
    _amounts_differ_from_behaviours,
    _units_fit,
    _roles_are_identifiers,
    _segments_are_attributes,
    _acknowledged_are_attributes,
    _windows_ascend,
    _account_windows_have_accounts,
    _snapshots_fit,
    _outcome_fits,
    _learning_fits,
    _trial_fits,
    _learned_rulebook_fits,
    _cut_offs_fit,
    _phases_follow,
    _ranges_have_two_ends,
    *RULE_CHECKS,
)
