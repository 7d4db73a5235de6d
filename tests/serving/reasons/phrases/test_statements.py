"""What was said on a day is told as that, before what is made of it today."""

from datetime import date

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.clock import DAY, start_of_day
from features.core.text import Text
from features.definition import TEMPLATE, LeadDefinition, parse_definition
from serving.reasons.concepts import list_concepts
from serving.reasons.phrases.row import FeatureRow, Statement
from serving.reasons.phrases.statements import said_of, said_on_a_day

SAID = Statement(words="3 months", on=date(2026, 3, 17))


@pytest.fixture(scope="module")
def definition() -> LeadDefinition:
    return parse_definition(TEMPLATE.read_text(encoding="utf-8"), "template.yaml")


def _words(definition: LeadDefinition, *, days: float) -> Text:
    levels = {a.name: ("x", "(other)") for a in definition.feature_attributes}
    catalogue = build_catalogue(definition, levels)
    row = np.full(len(catalogue), np.nan)
    row[catalogue.index("purchase_timing_known")] = 1.0
    row[catalogue.index("purchase_timing_days")] = days
    timing = next(c for c in list_concepts(definition, catalogue) if c.name == "purchase_timing")
    # Seen on the last of March, at the end of the day.
    as_of = start_of_day(date(2026, 4, 1), definition.zone)
    return timing.phrase(
        FeatureRow(
            values=row.tolist(),
            as_of=as_of,
            zone=definition.zone,
            said={"purchase_timing": SAID},
        )
    )


def test_a_timing_is_told_as_it_was_said_then_as_the_day_it_means(
    definition: LeadDefinition,
) -> None:
    said = _words(definition, days=77)

    assert said == Text(
        ja="「3 months」(2026年3月17日の回答)→2026年6月16日ごろ(77日後)",
        en='"3 months", said on 17 Mar 2026, so around 16 Jun 2026 (in 77 days)',
    )


def test_a_timing_without_a_day_is_told_as_it_was_said(definition: LeadDefinition) -> None:
    assert _words(definition, days=np.nan).en == '"3 months", said on 17 Mar 2026'


def test_only_the_newest_statement_known_by_then_counts(definition: LeadDefinition) -> None:
    noon = start_of_day(date(2026, 3, 17), definition.zone) + DAY // 2
    facts = [
        {"lead_id": lead_id, "attribute": attribute, "known_at": at, "value": value}
        for lead_id, attribute, at, value in (
            ("a", "purchase_timing", noon - DAY, "6 months"),
            ("a", "purchase_timing", noon, "3 months"),
            ("a", "purchase_timing", noon + 5 * DAY, "now"),
            ("a", "budget", noon, "3000000"),
            ("b", "purchase_timing", noon - DAY, "1 month"),
            ("b", "purchase_timing", noon, None),
        )
    ]

    found = {
        lead_id: said_of(
            [row for row in facts if row["lead_id"] == lead_id],
            said_on_a_day(definition),
            before=noon + DAY,
            zone=definition.zone,
        )
        for lead_id in ("a", "b")
    }

    # What was taken back is said no more.
    assert found == {"a": {"purchase_timing": SAID}, "b": {}}
