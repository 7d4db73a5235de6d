"""Pictures of every page in both languages and at two widths, for looking at.

    python -m tests.screenshots WORKSPACE [FOLDER]
    python -m tests.screenshots WORKSPACE docs/pictures README.md

The workspace must hold scored leads and the demo's people (`make demo` makes both); pictures go to
build/screenshots unless a folder is named. With a third word only those are taken that the README
shows, with few colours, for they are kept.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from serving.cli.data.demo import DEMO_PASSWORD, make_demo_people
from serving.web.app import create_app
from serving.workspace.workspace import Workspace
from tests.served import served

LANGUAGES = {"ja": "ja-JP", "en": "en-GB"}
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")


def main(workspace: Path, folder: Path) -> None:
    """Take all pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("pictures need Chromium; install it with: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with _served(Workspace.at(workspace)) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language in LANGUAGES:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    name = f"{language}_{width}_{scheme}"
                    _take(browser, address, folder / name, width=width, scheme=scheme)
        browser.close()
    print(f"pictures in {folder}")  # noqa: T201 (a script)


def take_for_readme(workspace: Path, folder: Path) -> None:
    """Take the card of the first lead and the review, as small files."""
    with _served(Workspace.at(workspace)) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for language, locale in LANGUAGES.items():
            page = browser.new_page(locale=locale, viewport={"width": 1000, "height": 760})
            _sign_in(page, address)
            page.goto(f"{address}/worklist")
            page.locator("tbody th a").first.click()
            _small_picture(page, folder / f"card.{language}.png")
            page.goto(f"{address}/review")
            _small_picture(page, folder / f"review.{language}.png")
        browser.close()


def _small_picture(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    drawn = Image.open(BytesIO(page.screenshot()))
    drawn.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


@contextmanager
def _served(place: Workspace) -> Iterator[str]:
    app = create_app(place)
    make_demo_people(app.state.services.store)
    with served(app) as address:
        yield address


def _take(browser: Browser, address: str, stem: Path, *, width: int, scheme: str) -> None:
    language = stem.name.partition("_")[0]
    context = browser.new_context(
        locale=LANGUAGES[language],
        viewport={"width": width, "height": 860},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    _picture(page, stem, "sign_in")
    _sign_in(page, address)
    _picture(page, stem, "home", full_page=True)
    page.goto(f"{address}/worklist")
    _picture(page, stem, "worklist")
    page.locator(".answer summary").first.click()
    _picture(page, stem, "answer")
    page.locator("tbody th a").first.click()
    _picture(page, stem, "lead", full_page=True)
    for name in ("today", "review", "review/2026-03/details", "proposals", "definition", "people"):
        page.goto(f"{address}/{name}")
        _picture(page, stem, name.replace("/", "_"), full_page=True)
    context.close()


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.click("main button")
    page.wait_for_url("**/home")


def _picture(page: Page, stem: Path, name: str, *, full_page: bool = False) -> None:
    page.screenshot(path=stem.with_name(f"{stem.name}_{name}.png"), full_page=full_page)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        take_for_readme(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "build/screenshots"))
