"""The three cells of the agreement, filled by the template's own definition."""

from importlib import resources

from features.definition.yaml.read import parse_definition
from serving.web.charts.three_rows import three_rows


def test_the_template_fills_the_three_cells_by_its_checklists() -> None:
    text = resources.files("features.definition.yaml").joinpath("template.yaml")
    definition = parse_definition(text.read_text(encoding="utf-8"), "template")

    not_yet, mql, sql = three_rows(definition)

    assert (not_yet.behaviour.ja, not_yet.information.ja) == (
        "資料をダウンロードした",
        "氏名と会社名だけ",
    )
    assert not_yet.meaning.en == "not an MQL yet"
    assert "Webinar" in mql.behaviour.en
    assert "Pain point" in mql.information.en
    assert "Department" in mql.information.en
    assert "Inquiry" in sql.behaviour.en
    assert "Consultation" in sql.behaviour.en
    for word in ("Purchase timing", "Budget", "Decision maker"):
        assert word in sql.information.en
