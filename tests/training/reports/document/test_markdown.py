"""Words that people typed stay words, whatever a document is written as."""

from zoneinfo import ZoneInfo

from features.core.formats import same
from training.reports.document import cells
from training.reports.document.blocks import Document, Section, Table, columns
from training.reports.document.formats import FORMATS
from training.reports.document.markdown import as_markdown


def _document() -> Document:
    table = Table(
        columns=columns(same("a|b"), same("c")), rows=(cells.row(same("<i>"), same("`x`")),)
    )
    section = Section(name="s", heading=same("*h*"), lines=(same("<script>"),), tables=(table,))
    return Document(title=same("<b>"), zone=ZoneInfo("UTC"), sections=(section,))


def test_words_cannot_become_markdown() -> None:
    assert as_markdown(_document(), "en") == (
        "# &lt;b&gt;\n\n## \\*h\\*\n\n- &lt;script&gt;\n\n"
        "| a\\|b | c |\n| --- | ---: |\n| &lt;i&gt; | \\`x\\` |\n"
    )


def test_words_cannot_become_a_page() -> None:
    page = FORMATS["html"](_document(), "en").decode()

    assert "<script>" not in page
    assert "<i>" not in page


def test_a_longer_table_than_wanted_is_left_out() -> None:
    assert "|" not in as_markdown(_document(), "en", longest_table=0)
