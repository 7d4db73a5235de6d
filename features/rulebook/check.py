"""Is a rulebook fit for the catalogue and for the leads it is to judge?

Before anything runs: rules that ask about features which do not exist are errors, with their lines.
After judging: rules that never or always apply, and thresholds nobody or everybody reaches, are
reported, since they say nothing about any lead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.catalogue import build_catalogue
from features.core.qualification import Qualification
from features.definition.lead_definition import LeadDefinition
from features.definition.rulebook import Rulebook
from features.definition.yaml.document import Path
from features.definition.yaml.errors import DefinitionFault, place, raise_faults
from features.families.category_levels import OTHER
from features.feature import Feature
from features.rulebook.columns import HasColumns, decayed_column
from features.rulebook.judge import Judgement


def check_rulebook(definition: LeadDefinition, catalogue: HasColumns | None = None) -> None:
    """Refuse a rulebook, today's or a trial's, that asks about features the catalogue has not.

    Parameters
    ----------
    catalogue : HasColumns, optional
        Unless given, that of the definition: its names do not depend on any data.

    Raises
    ------
    DefinitionError
        With every such rule, its line, and the features that would do.
    """
    if catalogue is None:
        categories = [a.name for a in definition.feature_attributes if a.kind == "category"]
        catalogue = build_catalogue(definition, dict.fromkeys(categories, (OTHER,)))
    faults = [*_rulebook_faults(definition.rulebook, ("rulebook",), catalogue)]
    if definition.learned_rulebook is not None:
        path = ("trial", "learned_rulebook")
        faults += _rulebook_faults(definition.learned_rulebook, path, catalogue)
    raise_faults(definition.document, faults)


def _rulebook_faults(
    rulebook: Rulebook, path: Path, catalogue: HasColumns
) -> Iterator[DefinitionFault]:
    content = rulebook.model_dump(mode="json", exclude_none=True)
    yield from _feature_faults(content, path, catalogue)
    for position, rule in enumerate(rulebook.rules):
        if rule.half_life_days is None or rule.per == "once" or rule.subject is None:
            continue
        if decayed_column(rule.subject, rule.half_life_days) not in catalogue.names:
            here = (*path, "rules", position, "half_life_days")
            yield DefinitionFault(path=here, must="must be a half-life the catalogue counts with")


def _feature_faults(content: Any, path: Path, catalogue: HasColumns) -> Iterator[DefinitionFault]:
    if isinstance(content, list):
        for at, item in enumerate(content):
            yield from _feature_faults(item, (*path, at), catalogue)
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _feature_faults(value, (*path, key), catalogue)
        if isinstance(content.get("feature"), str):
            yield from _one_feature(content, path, catalogue)


def _one_feature(
    content: dict[str, Any], path: Path, catalogue: HasColumns
) -> Iterator[DefinitionFault]:
    name = content["feature"]
    if name not in catalogue.names:
        yield DefinitionFault(
            path=(*path, "feature"), must="must be a feature", allowed=catalogue.names
        )
        return
    feature: Feature = catalogue.features[catalogue.index(name)]
    bounds = {"at_least", "at_most", "between"} & set(content)
    if feature.is_category and bounds:
        must = "must be is_one_of: the feature is a category"
        yield DefinitionFault(
            path=(*path, bounds.pop()), must=must, allowed=feature.levels, got=False
        )
    if not feature.is_category and "is_one_of" in content:
        must = "must be at_least, at_most or between: the feature is a number"
        yield DefinitionFault(path=(*path, "is_one_of"), must=must, got=False)


@dataclass(frozen=True, kw_only=True)
class Idle:
    """A rule or threshold that tells no lead from another.

    Attributes
    ----------
    where : str
        File, line and place.
    name : str
        The rule's name, or the qualification.
    always : bool
        True if it applies to every snapshot, False if to none.
    """

    where: str
    name: str
    always: bool


def idle_parts(definition: LeadDefinition, judgement: Judgement) -> tuple[Idle, ...]:
    """Rules that never or always apply, and thresholds nobody or everybody reaches.

    Parameters
    ----------
    judgement : Judgement
        Of as many snapshots as there are; of none, nothing is reported.
    """
    if not len(judgement.points):
        return ()
    return tuple(_idle_parts(definition, judgement))


def _idle_parts(definition: LeadDefinition, judgement: Judgement) -> Iterator[Idle]:
    shares = judgement.hits.mean(axis=0)
    for position in np.flatnonzero((shares == 0) | (shares == 1)).tolist():
        where = place(definition.document, ("rulebook", "rules", position))
        name = definition.rulebook.rules[position].name
        yield Idle(where=where, name=name, always=bool(shares[position]))
    for level, key in ((Qualification.MQL, "mql"), (Qualification.SQL, "sql")):
        share = float(np.mean(judgement.qualification >= level))
        if getattr(definition.rulebook, key) is not None and share in (0.0, 1.0):
            where = place(definition.document, ("rulebook", key))
            yield Idle(where=where, name=level.name, always=share == 1)
