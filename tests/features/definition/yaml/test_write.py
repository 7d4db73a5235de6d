"""A rulebook written back into a definition's text."""

from features.definition import TEMPLATE, parse_definition, read_definition
from features.definition.rulebook import Rule, Rulebook, Threshold
from features.definition.yaml.write import rulebook_text, with_rulebook

RULE = Rule.model_validate(
    {
        "name": "case_study_read",
        "label": {"ja": "事例を読んだ: はい", "en": "Case study, read"},
        "when": {
            "any_of": [
                {"behaviour": "case_study_view", "between": [2, 5], "within_days": 30},
                {"not": {"attribute": "channel", "is_one_of": ["no", "紹介"]}},
            ]
        },
        "points": 3,
        "per": "once",
    }
)
RULEBOOK = Rulebook(rules=(RULE,), mql=Threshold(points=3))


def test_only_the_rulebook_changes():
    text = TEMPLATE.read_text(encoding="utf-8")

    written = with_rulebook(text, RULEBOOK)

    definition = parse_definition(written, "written")
    before = read_definition(TEMPLATE)
    assert definition.rulebook == RULEBOOK
    assert definition == before.model_copy(update={"rulebook": RULEBOOK})
    kept = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in written.splitlines() if line.startswith("#")] == kept


def test_writing_what_is_there_changes_no_meaning():
    before = read_definition(TEMPLATE)

    written = with_rulebook(TEMPLATE.read_text(encoding="utf-8"), before.rulebook)

    assert parse_definition(written, "written") == before
    assert written == with_rulebook(written, before.rulebook)


def test_a_rulebook_at_the_end_or_missing_is_written_too():
    head = TEMPLATE.read_text(encoding="utf-8").split("# The hand-written baseline")[0]

    added = with_rulebook(head, RULEBOOK)
    replaced = with_rulebook(added, Rulebook())

    assert parse_definition(added, "added").rulebook == RULEBOOK
    assert parse_definition(replaced, "replaced").rulebook == Rulebook()


def test_labels_and_conditions_take_one_line_each():
    lines = rulebook_text(Rulebook(rules=read_definition(TEMPLATE).rulebook.rules)).splitlines()

    assert lines[:6] == [
        "rulebook:",
        "  rules:",
        "  - name: document_downloaded",
        "    label: {ja: 資料をダウンロードした, en: Document downloaded}",
        "    when: {behaviour: document_download, at_least: 1, within_days: 90}",
        "    points: 5",
    ]
