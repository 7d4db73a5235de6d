"""What known CRMs call a field is known where its words alone would not tell."""

import numpy as np
import pyarrow as pa
import pytest

from features.importing.files.raw_table import make_raw_table
from features.importing.proposal.column_guess import attribute_of
from features.importing.proposal.lead_columns import of_lead_column
from features.importing.proposal.looked_at import look_at


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("タイトル", "job_title"),
        ("hs_analytics_source", "channel"),
        ("property_jobtitle", "job_title"),
        ("国/地域", "country"),
    ],
)
def test_a_field_is_named_as_in_exports_of_known_crms(header: str, named: str) -> None:
    texts = pa.array(["CTO", "CEO", "Director", ""] * 25, pa.string())
    file = look_at(make_raw_table("x.csv", {header: texts}, lines=pa.array(range(100)).to_numpy()))

    guess = attribute_of(file, file.columns[0])

    assert (guess.role, guess.named) == ("attribute", named)
    assert "known CRMs" in guess.reason.en


@pytest.mark.parametrize(
    "header",
    [
        "days_in_current_stage",
        "Expected Revenue",
        "Time in Status",
        "sales_cycle_days",
        "滞留日数",
        "期待収益",
        "確率",
        "予想売上",
    ],
)
def test_what_goes_on_until_the_result_is_a_suspect(header: str) -> None:
    texts = pa.array([str(at % 40) for at in range(100)], pa.string())
    file = look_at(make_raw_table("x.csv", {header: texts}, lines=pa.array(range(100)).to_numpy()))

    guess = of_lead_column(file, file.columns[0], np.arange(100) % 7 == 0)

    assert guess.role == "leak suspect"
