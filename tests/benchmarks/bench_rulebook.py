"""A rulebook of 30 rules over a million snapshots, against the same rules written in pandas."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from features.catalogue import build_catalogue
from features.core.text import Text
from features.definition import TEMPLATE, LeadDefinition, read_definition
from features.definition.conditions import AttributeCondition, BehaviourCondition, Condition
from features.definition.rulebook import Rule, Rulebook
from features.moments import Moments
from features.rulebook import judge
from features.rulebook.columns import count_column
from features.snapshot import Snapshot

N_SNAPSHOTS = 1_000_000
N_RULES = 30
REPEATS = 3


def rulebook_of(definition: LeadDefinition) -> Rulebook:
    """Thirty rules: every behaviour in three windows, and what is known."""
    conditions: list[Condition] = [
        BehaviourCondition(behaviour=behaviour.name, at_least=1, within_days=days)
        for behaviour in definition.lead_behaviours
        for days in definition.windows.days
    ]
    conditions += [
        AttributeCondition(attribute=attribute.name, known=True)
        for attribute in definition.feature_attributes
    ]
    label = Text(ja="規則", en="Rule")
    rules = tuple(
        Rule(name=f"rule_{position}", label=label, when=condition, points=5)
        for position, condition in enumerate(conditions[:N_RULES])
    )
    return definition.rulebook.model_copy(update={"rules": rules})


def snapshot_of(definition: LeadDefinition) -> Snapshot:
    """Random snapshots with the template's columns."""
    levels = {a.name: ("a", "b") for a in definition.feature_attributes if a.kind == "category"}
    catalogue = build_catalogue(definition, levels)
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 3, size=(N_SNAPSHOTS, len(catalogue))).astype(np.float64)
    moments = Moments(
        lead=np.arange(N_SNAPSHOTS, dtype=np.int32), as_of=np.ones(N_SNAPSHOTS, dtype=np.int64)
    )
    return Snapshot(moments=moments, matrix=matrix, catalogue=catalogue)


def pandas_points(snapshot: Snapshot, rulebook: Rulebook) -> pd.Series:
    """The same points from the same matrix, one boolean Series per rule: the obvious way."""
    frame = pd.DataFrame(snapshot.matrix, columns=list(snapshot.catalogue.names))
    points = pd.Series(0.0, index=frame.index)
    for rule in rulebook.rules:
        condition = rule.when
        if isinstance(condition, BehaviourCondition):
            hit = frame[count_column(condition.behaviour, condition.within_days)] >= 1
        elif isinstance(condition, AttributeCondition) and (
            f"{condition.attribute}_known" in frame.columns
        ):
            hit = frame[f"{condition.attribute}_known"] == 1
        else:
            names = [f"{condition.attribute}{end}" for end in ("", "_seniority", "_is_free_mail")]
            hit = frame[next(name for name in names if name in frame.columns)].notna()
        points += hit * rule.points
    return points


def seconds(work: Callable[[], object]) -> float:
    """Median wall time of some repeats."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def main() -> None:
    """Print the table."""
    definition = read_definition(TEMPLATE)
    snapshot, rulebook = snapshot_of(definition), rulebook_of(definition)
    np.testing.assert_array_equal(
        judge(snapshot, rulebook).points, pandas_points(snapshot, rulebook).to_numpy()
    )
    ours = seconds(lambda: judge(snapshot, rulebook))
    theirs = seconds(lambda: pandas_points(snapshot, rulebook))
    print(f"{N_SNAPSHOTS:,} snapshots x {N_RULES} rules (median of {REPEATS})")
    print(f"  judge, with hits and qualification   {ours:6.2f} s   1.0")
    print(f"  pandas, points only                  {theirs:6.2f} s   {theirs / ours:.1f}")


if __name__ == "__main__":
    main()
