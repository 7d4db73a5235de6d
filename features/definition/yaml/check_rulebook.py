"""Cross-checks of the rulebook: can its points, caps, matrix and thresholds do what they say?"""

import math
from collections.abc import Callable, Iterator

from features.definition.conditions import BehaviourCondition
from features.definition.outcome import Windows
from features.definition.rulebook import Cap, Matrix, Rule, Rulebook, Threshold, most_points
from features.definition.yaml.check_conditions import condition_faults
from features.definition.yaml.document import Path
from features.definition.yaml.draft import PartialDefinition
from features.definition.yaml.errors import DefinitionFault

RULES: Path = ("rulebook", "rules")
CAPS: Path = ("rulebook", "caps")
MATRIX: Path = ("rulebook", "matrix")


def _points_can_be_counted(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    for path, rule in draft.items(Rule, *RULES):
        if rule.points == 0:
            must = "must not be 0: a rule without points does nothing"
            yield DefinitionFault(path=(*path, "points"), must=must)
        if rule.per == "once" and rule.at_most_points is not None:
            must = "must be left out unless `per: each`: points that count once need no limit"
            yield DefinitionFault(path=(*path, "at_most_points"), must=must)
        if rule.at_most_points is not None and rule.at_most_points < abs(rule.points):
            must = f"must not be below the points themselves ({abs(rule.points)})"
            yield DefinitionFault(path=(*path, "at_most_points"), must=must)
        counts = isinstance(rule.when, BehaviourCondition) and rule.when.bounds[0]
        if rule.per == "each" and not counts:
            must = "must be once unless `when` asks how often one behaviour happened"
            yield DefinitionFault(path=(*path, "per"), must=must)
        if rule.half_life_days is not None and not counts:
            must = "must be left out unless `when` asks how often one behaviour happened"
            yield DefinitionFault(path=(*path, "half_life_days"), must=must)


def _fading_can_be_counted(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    windows = draft.part(Windows, "windows") if draft.raw("windows") is not None else Windows()
    for path, rule in draft.items(Rule, *RULES):
        if rule.half_life_days is None:
            continue
        here = (*path, "half_life_days")
        if draft.undated:
            must = "must be left out with `snapshots: {at: undated}`, where nothing has a date"
            yield DefinitionFault(path=here, must=must)
        elif rule.per == "each" and windows and rule.half_life_days not in windows.half_lives_days:
            must = "must be one of `windows: half_lives_days`, which are counted"
            allowed = tuple(str(days) for days in windows.half_lives_days) or ("none yet",)
            yield DefinitionFault(path=here, must=must, allowed=allowed)
        if rule.per == "each" and getattr(rule.when, "within_days", None) is not None:
            must = "must be left out with `half_life_days`: old events fade by themselves"
            yield DefinitionFault(path=(*path, "when", "within_days"), must=must)


def _caps_limit_something(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    rules = draft.whole(Rule, *RULES)
    seen: set[str] = set()
    for path, cap in draft.items(Cap, *CAPS):
        here = (*path, "behaviour")
        if cap.behaviour not in draft.lead_behaviours:
            must = "must be a declared behaviour whose actor is the lead"
            yield DefinitionFault(path=here, must=must, allowed=draft.lead_behaviours)
        elif cap.behaviour in seen:
            yield DefinitionFault(path=here, must="must be a behaviour not limited above")
        elif rules is not None and not any(
            rule.subject == cap.behaviour and rule.points > 0 for rule in rules
        ):
            must = "must be a behaviour that a rule gives points for"
            yield DefinitionFault(path=here, must=must)
        seen.add(cap.behaviour)


def _matrix_names_its_levels(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    matrix = draft.part(Matrix, *MATRIX)
    if matrix is None:
        return
    rows = tuple(level.name for level in matrix.behaviour)
    columns = tuple(level.name for level in matrix.information)
    for row, cells in matrix.points.items():
        path = (*MATRIX, "points", row)
        if row not in rows:
            must = "must be a level of behaviour of the matrix"
            yield DefinitionFault(path=path, must=must, allowed=rows, got=False)
        for column in cells:
            if column not in columns:
                must = "must be a level of information of the matrix"
                yield DefinitionFault(path=(*path, column), must=must, allowed=columns, got=False)


def _thresholds_can_be_reached(draft: PartialDefinition) -> Iterator[DefinitionFault]:
    mql = draft.part(Threshold, "rulebook", "mql")
    sql = draft.part(Threshold, "rulebook", "sql")
    if mql and sql and mql.points and sql.points and mql.points > sql.points:
        must = f"must not be above those of sql ({sql.points}): every SQL is an MQL too"
        yield DefinitionFault(path=("rulebook", "mql", "points"), must=must)
    rulebook = _sound_points(draft)
    if rulebook is None:
        return
    most = most_points(rulebook)
    for key, threshold in (("mql", mql), ("sql", sql)):
        if threshold and threshold.points and threshold.points > most:
            must = f"must be within reach: all rules together give at most {_whole(most)} points"
            yield DefinitionFault(path=("rulebook", key, "points"), must=must)


def _sound_points(draft: PartialDefinition) -> Rulebook | None:
    """Everything that gives points; None while a part of it is unreadable."""
    rules, caps = draft.whole(Rule, *RULES), draft.whole(Cap, *CAPS)
    matrix = draft.part(Matrix, *MATRIX)
    if rules is None or caps is None or (matrix is None and draft.raw(*MATRIX) is not None):
        return None
    return Rulebook(rules=rules, caps=caps, matrix=matrix)


def _whole(points: float) -> str:
    return "any number of" if math.isinf(points) else f"{points:g}"


RULE_CHECKS: tuple[Callable[[PartialDefinition], Iterator[DefinitionFault]], ...] = (
    condition_faults,
    _points_can_be_counted,
    _fading_can_be_counted,
    _caps_limit_something,
    _matrix_names_its_levels,
    _thresholds_can_be_reached,
)
