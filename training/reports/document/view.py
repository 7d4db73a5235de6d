"""How templates read a document in one language: words, drawings, days, leads."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from features.core.formats import calendar_date, day_of
from features.core.text import Language, Text
from training.reports.document.blocks import Cell, Chart, Table
from training.reports.document.charts import draw


@dataclass(frozen=True, kw_only=True)
class View:
    """One language of a page or file.

    Attributes
    ----------
    linked : bool
        Whether the ids of leads lead to their cards.
    leads_behind : str
        Where the lists of the leads behind figures stand; empty where figures lead nowhere.
    """

    language: Language
    zone: ZoneInfo
    linked: bool = False
    leads_behind: str = ""
    AS_TABLE: ClassVar[Text] = Text(ja="表で見る", en="As a table")

    def say(self, text: Text) -> str:
        """The words in this language."""
        return text.read(self.language)

    def picture(self, chart: Chart, table: Table) -> Markup:
        """A chart of a table; what people typed into labels is escaped where it is drawn."""
        return Markup(draw(chart, table, self.language))

    def day(self, second: int) -> str:
        """A calendar day."""
        return calendar_date(day_of(second, self.zone)).read(self.language)

    def lead(self, lead_id: str) -> Markup:
        """A lead's id, leading to its card on the web page."""
        if not self.linked:
            return escape(lead_id)
        return Markup(f'<a class="mono" href="/leads/{quote(lead_id)}">{escape(lead_id)}</a>')

    def figure(self, cell: Cell) -> Markup:
        """What a cell says, leading to the leads that it counts."""
        shown = escape(self.say(cell.shown))
        counts_none = cell.kind == "count" and cell.number == 0
        if cell.counts is None or counts_none or not self.leads_behind:
            return shown
        # Of hundreds of cells a page, `Markup.format` would take longer than all else.
        behind = escape(f"{self.leads_behind}/{quote(cell.counts)}")
        return Markup(f'<a href="{behind}">{shown}</a>')
