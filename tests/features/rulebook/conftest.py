"""Snapshots written by hand, with the template's catalogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from features.catalogue import Catalogue, build_catalogue
from features.definition import TEMPLATE, LeadDefinition, parse_definition


@dataclass(frozen=True)
class HandSnapshot:
    """A matrix and what its columns are."""

    matrix: np.ndarray
    catalogue: Catalogue


@pytest.fixture(scope="session")
def definition() -> LeadDefinition:
    """The template, with fading counts and a date."""
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("half_lives_days: []", "half_lives_days: [30]")
    text = text.replace(
        "attributes:\n",
        "attributes:\n  - {name: renewal, kind: date, label: {ja: 更新日, en: Renewal}}\n",
        1,
    )
    return parse_definition(text, "template")


@pytest.fixture(scope="session")
def catalogue(definition) -> Catalogue:
    """Categories with two levels each."""
    levels = {
        attribute.name: ("alpha", "beta", "(other)")
        for attribute in definition.feature_attributes
        if attribute.kind == "category"
    }
    return build_catalogue(definition, levels)


@pytest.fixture(scope="session")
def snapshot_of(catalogue) -> Callable[..., HandSnapshot]:
    """Function of one mapping a lead, from column to value; counts are 0 and the rest unknown."""

    def snapshot(*rows: Mapping[str, float]) -> HandSnapshot:
        blank = [
            0.0 if f.unit == "times" or f.name.endswith("_known") else np.nan for f in catalogue
        ]
        matrix = np.tile(np.array(blank), (len(rows), 1))
        for row, values in enumerate(rows):
            for name, value in values.items():
                matrix[row, catalogue.index(name)] = value
        return HandSnapshot(matrix, catalogue)

    return snapshot
