"""Every feature of a lead definition, in the order of a snapshot's columns."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

from features.core.errors import LeadDataError
from features.definition.lead_definition import LeadDefinition
from features.families.account import account_features
from features.families.activity import AGE, activity_features, age_features
from features.families.behaviour import behaviour_features
from features.families.category_levels import Levels
from features.families.completeness import completeness_features
from features.families.information import information_features
from features.feature import Feature


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The features of a definition with fitted category levels.

    Attributes
    ----------
    features : tuple of Feature
        In column order.
    levels : mapping from attribute to tuple of str
        As fitted; travels in the release.
    suspects : tuple of str
        Attributes with facts whose ``known_at`` nobody recorded; every report names them.
    """

    features: tuple[Feature, ...]
    levels: Levels
    suspects: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.features)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Feature names in column order."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def categorical(self) -> tuple[int, ...]:
        """Columns that hold level codes."""
        return tuple(i for i, feature in enumerate(self.features) if feature.is_category)

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: column for column, name in enumerate(self.names)}

    def index(self, name: str) -> int:
        """The column of a feature.

        Raises
        ------
        LeadDataError
            If there is no such feature.
        """
        if name not in self._columns:
            msg = (
                f"a feature must be one of the catalogue's {len(self)}; got {name!r}. "
                "Check the spelling, or the windows of the lead definition."
            )
            raise LeadDataError(msg)
        return self._columns[name]

    def only(self, names: Collection[str]) -> "Catalogue":
        """The features of some names, in the same order: for those who read no others."""
        return replace(self, features=tuple(f for f in self.features if f.name in names))

    def to_dict(self) -> dict[str, Any]:
        """What a release keeps: names, concepts, axes, units and levels; no code, no words."""
        return {
            "features": [
                {"name": f.name, "concept": f.concept, "axis": f.axis.value, "unit": f.unit}
                for f in self.features
            ],
            "levels": {attribute: list(levels) for attribute, levels in self.levels.items()},
            "suspects": list(self.suspects),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any], definition: LeadDefinition) -> "Catalogue":
        """The catalogue a release was trained with.

        Raises
        ------
        LeadDataError
            If the definition no longer gives the same features in the same order.
        """
        trained = [feature["name"] for feature in kept["features"]]
        catalogue = _declared(kept, definition)
        if list(catalogue.names) != trained:
            differ = sorted(set(trained) ^ set(catalogue.names))
            msg = (
                f"the definition must give the features the release was trained with; got "
                f"{len(differ)} that differ ({', '.join(differ[:3]) or 'only in order'}). "
                "Retrain with this definition."
            )
            raise LeadDataError(msg)
        return catalogue

    @classmethod
    def part_from_dict(cls, kept: Mapping[str, Any], definition: LeadDefinition) -> "Catalogue":
        """The features that were kept, in their order, of all that the definition gives.

        Raises
        ------
        LeadDataError
            If the definition does not give one of them.
        """
        whole = _declared(kept, definition)
        features = tuple(whole.features[whole.index(f["name"])] for f in kept["features"])
        return replace(whole, features=features)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of what :meth:`to_dict` keeps."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def build_catalogue(
    definition: LeadDefinition,
    levels: Levels,
    *,
    suspects: Iterable[str] = (),
    with_age: bool = False,
) -> Catalogue:
    """Declare every feature of a definition; families in the order behaviour, then information.

    Parameters
    ----------
    definition : LeadDefinition
    levels : mapping from attribute to tuple of str
        From :func:`features.families.category_levels.fit_levels`.
    suspects : iterable of str
        From :attr:`features.timeline.facts.FactIndex.suspects`; marked, not left out.
    with_age : bool
        Whether the days since creation are there even where they never differ.

    Raises
    ------
    LeadDataError
        If two features have one name, or a category attribute has no levels.
    """
    unfitted = [
        attribute.name
        for attribute in definition.feature_attributes
        if attribute.kind == "category" and attribute.name not in levels
    ]
    if unfitted:
        msg = (
            f"every category needs fitted levels; got none for {len(unfitted)} "
            f"({', '.join(unfitted[:3])}). Fit levels with this definition."
        )
        raise LeadDataError(msg)
    features = tuple(
        chain(
            behaviour_features(definition),
            activity_features(definition),
            age_features(definition, kept=with_age),
            information_features(definition, levels),
            completeness_features(definition),
            account_features(definition),
        )
    )
    _check_names(features)
    return Catalogue(features=features, levels=levels, suspects=tuple(suspects))


def _declared(kept: Mapping[str, Any], definition: LeadDefinition) -> Catalogue:
    """Every feature of a definition, with the levels and marks of a kept catalogue."""
    return build_catalogue(
        definition,
        {attribute: tuple(texts) for attribute, texts in kept["levels"].items()},
        # Catalogues kept before suspects were marked have none.
        suspects=kept.get("suspects", ()),
        with_age=any(feature["name"] == AGE for feature in kept["features"]),
    )


def _check_names(features: tuple[Feature, ...]) -> None:
    names = [feature.name for feature in features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = (
            f"feature names must differ; got {len(twice)} used twice ({', '.join(twice[:3])}). "
            "Rename a behaviour or an attribute of the lead definition."
        )
        raise LeadDataError(msg)
