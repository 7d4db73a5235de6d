"""The documents as a site: built whole; links lead somewhere, nothing comes from elsewhere."""

import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, sync_playwright

import awase

ROOT = Path(__file__).parents[2]
SITE = runpy.run_path(str(ROOT / "docs" / "site.py"))


class _Page(HTMLParser):
    """Addresses a page names, by how it names them, and the places in it that links can name."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in {"stylesheet", "preconnect", "icon"}:
            self.loaded.append(given["href"])
        elif tag in {"script", "img", "iframe"} and "src" in given:
            self.loaded.append(given["src"])


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, made as `make docs` makes it."""
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, str(ROOT / "docs" / "site.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("the site is looked at in Chromium; `apt-get install chromium` brings it")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_every_document_has_its_place_in_the_navigation() -> None:
    named = [name for names in SITE["NAVIGATION"].values() for name in names]
    written = {path.name.partition(".")[0] for path in (ROOT / "docs").glob("*.md")}

    assert len(named) == len(set(named))
    assert set(named) - {"reference", *SITE["OF_THE_ROOT"]} == written


@pytest.mark.long
def test_every_link_leads_to_a_page_and_a_place_in_it(site: Path) -> None:
    pages = {path: _read(path) for path in site.rglob("*.html") if path.name != "404.html"}

    lost = []
    for path, page in pages.items():
        for link in page.links:
            target, _, place = unquote(link).partition("#")
            if "://" in target:
                continue
            file = (path.parent / target).resolve() if target else path
            found = pages.get(file)
            if not file.exists() or (place and found is not None and place not in found.places):
                lost.append(f"{path.relative_to(site)}: {link}")

    assert lost == []
    assert {path.name for path in (site / "en").glob("*.html")} == {
        path.name for path in (site / "ja").glob("*.html")
    }


@pytest.mark.long
def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = {url for path in site.rglob("*.html") for url in _read(path).loaded}

    assert [url for url in sorted(loaded) if "//" in url] == []


@pytest.mark.long
def test_the_reference_says_every_public_name_with_its_docstring(site: Path) -> None:
    text = (site / "en" / "reference.html").read_text(encoding="utf-8")

    assert [name for name in awase.__all__ if f'id="awase.{name}"' not in text] == []
    assert "A workspace with what was agreed on in it" in text
    # What a class has from another that is no public name is told there, too.
    assert 'id="awase.Workspace.report_path"' in text


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "asked", "page"),
    [("en", "promote", "data-scientist"), ("ja", "引き渡し", "calibration")],
)
def test_pages_read_from_the_disk_are_searched(
    site: Path, chromium: Browser, *, language: str, asked: str, page: str
) -> None:
    tab = chromium.new_page()
    asked_for: list[str] = []
    tab.on("request", lambda request: asked_for.append(request.url))
    tab.goto((site / language / "index.html").as_uri())
    tab.keyboard.press("/")
    tab.keyboard.type(asked)

    tab.locator(
        f'a[href*="{page}.html"]', has_text=re.compile(asked, re.IGNORECASE)
    ).first.wait_for()

    assert [url for url in asked_for if not url.startswith(("file:", "blob:", "data:"))] == []
    tab.close()


@pytest.mark.long
def test_a_page_leads_to_its_translation(site: Path, chromium: Browser) -> None:
    tab = chromium.new_page()
    tab.goto((site / "en" / "calibration.html").as_uri())

    tab.locator('article a[hreflang="ja"]').first.click()

    tab.wait_for_url("**/ja/calibration.html")
    assert "言葉どおりの意味を持つ確率" in tab.locator("h1").inner_text()
    tab.close()
