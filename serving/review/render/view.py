"""How templates read a review in one language: words, drawings, days, leads."""

from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from features.core.formats import calendar_date, day_of
from features.core.text import Language, Text
from serving.review.blocks import Chart, Grid
from serving.review.render.charts import draw


@dataclass(frozen=True, kw_only=True)
class View:
    """One language of a page or file.

    Attributes
    ----------
    linked : bool
        Whether the ids of leads lead to their cards.
    """

    language: Language
    zone: ZoneInfo
    linked: bool = False

    def say(self, text: Text) -> str:
        """The words in this language."""
        return text.read(self.language)

    def picture(self, chart: Chart, grid: Grid) -> Markup:
        """A chart of a grid; what people typed into labels is escaped where it is drawn."""
        return Markup(draw(chart, grid, self.language))

    def day(self, second: int) -> str:
        """A calendar day."""
        return calendar_date(day_of(second, self.zone)).read(self.language)

    def lead(self, lead_id: str) -> Markup:
        """A lead's id, leading to its card on the web page."""
        if not self.linked:
            return escape(lead_id)
        return Markup('<a class="mono" href="/leads/{}">{}</a>').format(quote(lead_id), lead_id)
