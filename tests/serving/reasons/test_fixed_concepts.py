"""What no behaviour or attribute names has words of its own."""

from features.definition.yaml.check_references import CONCEPTS
from serving.reasons.concepts import FIXED


def test_every_concept_that_no_definition_names_has_words_of_its_own() -> None:
    assert sorted(FIXED) == sorted(CONCEPTS)
    assert len({label.en for label, _, _ in FIXED.values()}) == len(CONCEPTS)
