"""A document as PDF: the printable page, set by WeasyPrint. An optional extra, ``awase[pdf]``."""

from importlib.util import find_spec
from pathlib import Path

from features.core.errors import LeadDataError
from features.core.text import Language
from training.reports.document.blocks import Document
from training.reports.document.html import as_html

NEEDS = (
    "a PDF needs the extra awase[pdf] and the system's Pango; {what}. Install them with "
    "`pip install 'awase[pdf]'` and `apt-get install libpango-1.0-0 libpangoft2-1.0-0`, or take "
    "--format html, which prints as well."
)

_FONT = '@font-face {{ font-family: "Awase Japanese"; src: url("{path}"); }}'
"""Of use where the system has no Japanese font; the stylesheet names it last."""


def can_write_pdf() -> bool:
    """Whether WeasyPrint and Pango are installed."""
    try:
        # Optional, and slow to import.
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def as_pdf(document: Document, *languages: Language) -> bytes:
    """The document as the bytes of a PDF file, one language after the other.

    Parameters
    ----------
    document : Document
    *languages : {"ja", "en"}
        At least one; each begins a page of its own.

    Raises
    ------
    LeadDataError
        If WeasyPrint or Pango is not installed.
    """
    try:
        # Optional, and slow to import.
        import weasyprint
    except ImportError:
        raise LeadDataError(NEEDS.format(what="got no package weasyprint")) from None
    except OSError:
        # WeasyPrint's own answer where Pango is missing is a page about three systems.
        raise LeadDataError(NEEDS.format(what="got no Pango")) from None
    # Nothing is fetched but the font, which lies in a package.
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"file"})
    fonts = weasyprint.text.fonts.FontConfiguration()
    font = weasyprint.CSS(string=_FONT.format(path=_font()), font_config=fonts, url_fetcher=fetcher)
    written = [
        weasyprint.HTML(
            string=as_html(document, one, languages=(one,)), url_fetcher=fetcher
        ).render(stylesheets=[font], font_config=fonts)
        for one in languages
    ]
    pages = [page for part in written for page in part.pages]
    return bytes(written[0].copy(pages).write_pdf())


def _font() -> str:
    """A font that has every Japanese letter, as the address of a file; nothing if it is missing."""
    # Not imported: the package would set up matplotlib.
    found = find_spec("matplotlib_fontja")
    if found is None or found.origin is None:
        return ""
    return (Path(found.origin).parent / "fonts" / "ipaexg.ttf").as_uri()
