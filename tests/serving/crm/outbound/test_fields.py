"""Labels of our fields are whole in every CRM and both languages."""

import pytest

from features.definition import TEMPLATE, read_definition
from serving.crm.outbound.fields import PUSHED, answer_fields, in_words

FIELDS = (*PUSHED, *answer_fields(read_definition(TEMPLATE)))
LONGEST_LABEL, LONGEST_HELP = 40, 255
"""Of a custom field of Salesforce, which has the least room."""


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("languages", [("ja",), ("en",), ("ja", "en")], ids="/".join)
def test_words_of_a_field_fit(field, languages) -> None:
    label = in_words(field.label, languages)

    assert len(label) <= LONGEST_LABEL
    assert label.count("Awase") == 1
    assert len(in_words(field.help, languages)) <= LONGEST_HELP


def test_fields_are_told_apart_by_their_labels() -> None:
    for languages in (("ja",), ("en",), ("ja", "en")):
        assert len({in_words(field.label, languages) for field in FIELDS}) == len(FIELDS)
