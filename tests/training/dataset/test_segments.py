"""What people read in place of the values by which reports are split."""

import pytest

from features.core.text import Text
from features.definition import TEMPLATE, read_definition
from training.dataset.segments import segment_name


@pytest.mark.parametrize(
    ("attribute", "value", "ja", "en"),
    [
        ("channel", "パートナー", "獲得チャネル: パートナー", "Channel: Partner"),
        ("channel", "(other)", "獲得チャネル: その他", "Channel: Other"),
        ("channel", "(unknown)", "獲得チャネル: (不明)", "Channel: (unknown)"),
        ("company_size", "under 50", "従業員数: 50未満", "Employees: under 50"),
        ("company_size", "50 to 300", "従業員数: 50〜300未満", "Employees: 50 to 300"),
        ("company_size", "1,000 and over", "従業員数: 1,000以上", "Employees: 1,000 and over"),
        ("phase", "latent", "phase: latent", "phase: latent"),
    ],
)
def test_a_segment_is_named_in_both_languages(attribute, value, ja, en) -> None:
    definition = read_definition(TEMPLATE)

    assert segment_name(definition, attribute, value) == Text(ja=ja, en=en)
