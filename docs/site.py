"""The documents as a site: both languages, search, the library's reference from its docstrings.

    python docs/site.py FOLDER

Why copies: in the repository a page and its translation lie side by side and link files of the
code; here each language is a site of its own. Nothing is loaded from elsewhere, neither while it
is built nor when it is read, and it can be read from the disk without a server.
"""

import json
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import awase

ROOT = Path(__file__).parents[1]
LANGUAGES = {"en": "English", "ja": "日本語"}

NAVIGATION: dict[tuple[str, str], tuple[str, ...]] = {
    ("Begin", "はじめに"): ("README", "start", "settings", "measured", "performance"),
    ("For you", "役割ごとに"): ("marketing", "sales", "data-scientist", "administrator"),
    ("Agreement and month", "合意と毎月"): (
        "agreement",
        "files",
        "rulebook",
        "review",
        "report",
        "calibration",
        "trial",
        "undo",
    ),
    ("Systems", "システム"): (
        "workspace",
        "crm",
        "salesforce",
        "pipedrive",
        "api",
        "webhooks",
        "security",
    ),
    ("Library and code", "ライブラリとコード"): (
        "inputs",
        "python",
        "reference",
        "architecture",
        "CONTRIBUTING",
        "CHANGELOG",
    ),
}
"""Pages by section, in reading order; a section's name in English and Japanese."""

OF_THE_ROOT = ("README", "CONTRIBUTING", "CHANGELOG")
"""Pages that lie beside the code and not in docs/."""

REFERENCE = {"en": "Reference of the library", "ja": "ライブラリのリファレンス"}

READ_FROM_DISK = "iframe-worker.js"
"""The name by which the generator sees that it need not fetch one of its own from elsewhere."""

ONLY_ENGLISH = "このページは英語だけです。\n"

FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2", flags=re.MULTILINE | re.DOTALL)
JAPANESE_BREAK = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])\n *(?=[\u3000-\u9fff\uff00-\uffef])"
)
"""Where a line of Japanese goes on; browsers would show a space there."""

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def main(folder: Path) -> None:
    """Build the whole site into a folder; a link that leads nowhere ends it.

    Parameters
    ----------
    folder : Path
        Gets `site/`, with a site for each language and the page that leads to them, beside the
        copies it is made of.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for language in LANGUAGES:
        pages = folder / "pages" / language
        pages.mkdir(parents=True)
        shutil.copytree(ROOT / "docs" / "pictures", pages / "pictures")
        for name in (name for names in NAVIGATION.values() for name in names):
            (pages / _file(name)).write_text(_page(name, language), encoding="utf-8")
        (pages / READ_FROM_DISK).write_text(_worker(), encoding="utf-8")
        settings = folder / f"{language}.yml"
        settings.write_text(
            json.dumps(_settings(language), ensure_ascii=False, indent=2), encoding="utf-8"
        )
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
        # From the folder of the settings, where the reference's cache then lies, too.
        subprocess.run([*command, "-f", settings.name], cwd=folder, check=True)
    (folder / "site" / "index.html").write_text(_door(), encoding="utf-8")
    print(f"open {folder / 'site' / 'index.html'}")  # noqa: T201 (a script)


def _file(name: str) -> str:
    return "index.md" if name == "README" else f"{name}.md"


def _source(name: str, language: str) -> Path:
    """A page's file: the English one where nobody has translated it."""
    folder = ROOT if name in OF_THE_ROOT else ROOT / "docs"
    own = folder / f"{name}.{language}.md"
    return own if own.exists() else folder / f"{name}.md"


def _page(name: str, language: str) -> str:
    """A page as the site holds it."""
    if name == "reference":
        return _reference(language)
    source = _source(name, language)
    text = _outside_fences(source.read_text(encoding="utf-8"), source, language)
    if language == "ja" and not source.name.endswith(".ja.md"):
        title, _, rest = text.partition("\n")
        text = f'{title}\n\n!!! note ""\n    {ONLY_ENGLISH}\n{rest}'
    return text


def _outside_fences(text: str, source: Path, language: str) -> str:
    def moved(match: re.Match[str]) -> str:
        return _link(match, source, language)

    def said(prose: str) -> str:
        return JAPANESE_BREAK.sub("", LINK.sub(moved, prose))

    parts, at = [], 0
    for fence in FENCE.finditer(text):
        parts += [said(text[at : fence.start()]), fence.group()]
        at = fence.end()
    return "".join([*parts, said(text[at:])])


def _link(match: re.Match[str], source: Path, language: str) -> str:
    """A link as it leads on the site; to a file that is no page, its words alone."""
    picture, words, target, anchor = match.groups()
    if "://" in target:
        return match.group()
    path = (source.parent / target).resolve().relative_to(ROOT)
    if path.parent == Path("docs/pictures"):
        return f"{picture}[{words}](pictures/{path.name})"
    name = path.name.removesuffix(".md").removesuffix(".ja")
    if path.suffix != ".md" or not any(name in names for names in NAVIGATION.values()):
        return words
    of = "ja" if path.name.endswith(".ja.md") else "en"
    itself = _source(name, language) == source
    if words in {target, path.name}:
        words = _title(name, of if itself else language)
    if itself and of != language:  # its translation; every other page is there in this language
        page = _file(name).replace(".md", ".html")
        return f'<a href="../{of}/{page}" hreflang="{of}">{words}</a>'
    return f"[{words}]({_file(name)}{anchor or ''})"


def _worker() -> str:
    """A script that lets pages search that are read from the disk.

    Browsers start no worker from a file, but do from a script's own text.
    """
    scripts = resources.files("zensical") / "templates" / "assets" / "javascripts" / "workers"
    (search,) = (file for file in scripts.iterdir() if file.name.startswith("search."))
    text = json.dumps(search.read_text(encoding="utf-8"))
    return (
        'if (location.protocol === "file:") {\n'
        f'  const text = new Blob([{text}], {{type: "text/javascript"}});\n'
        "  const started = window.Worker;\n"
        "  window.Worker = function () { return new started(URL.createObjectURL(text)); };\n"
        "}\n"
    )


def _reference(language: str) -> str:
    """Every public name of the library, from its docstrings."""
    note = "" if language == "en" else f'!!! note ""\n    {ONLY_ENGLISH}\n'
    return f"# {REFERENCE[language]}\n\n{note}" + "".join(
        f"\n::: awase.{name}\n" for name in awase.__all__
    )


def _title(name: str, language: str) -> str:
    """What a page is called, up to a colon."""
    if name == "reference":
        return REFERENCE[language]
    heading = _source(name, language).read_text(encoding="utf-8").partition("\n")[0]
    return heading.removeprefix("# ").partition(":")[0].strip()


def _settings(language: str) -> dict[str, object]:
    """Settings of one language's site."""
    here = 0 if language == "en" else 1
    return {
        "site_name": "Awase",
        "docs_dir": f"pages/{language}",
        "site_dir": f"site/{language}",
        "nav": [
            {section[here]: [{_title(name, language): _file(name)} for name in names]}
            for section, names in NAVIGATION.items()
        ],
        "theme": {
            "language": language,
            "font": False,  # the reader's own: nothing is loaded from elsewhere
            "features": [
                "navigation.sections",
                "navigation.top",
                "content.code.copy",
                "search.highlight",
            ],
            "palette": {"scheme": "default", "primary": "teal"},
        },
        "extra": {
            "generator": False,
            "polyfills": [READ_FROM_DISK],
            "alternate": [
                {"name": name, "link": f"../{other}/index.html", "lang": other}
                for other, name in LANGUAGES.items()
            ],
        },
        "plugins": [
            "search",
            "offline",
            {
                "mkdocstrings": {
                    "handlers": {
                        "python": {
                            "paths": [str(ROOT)],
                            "options": {
                                "docstring_style": "numpy",
                                "heading_level": 2,
                                "show_root_heading": True,
                                "show_source": False,
                                "show_bases": False,
                                "separate_signature": True,
                                "show_signature_annotations": True,
                                "members_order": "source",
                                "inherited_members": True,
                                "filters": ["!^_"],
                                "preload_modules": ["features", "training", "serving"],
                            },
                        }
                    }
                }
            },
        ],
        "markdown_extensions": [
            "admonition",
            "attr_list",
            "md_in_html",
            "tables",
            # The names of headings as the repository's own viewers give them.
            {
                "toc": {
                    "permalink": True,
                    "toc_depth": 3,
                    "slugify": {"object": "pymdownx.slugs.slugify", "kwds": {"case": "lower"}},
                }
            },
            {"pymdownx.highlight": {"anchor_linenums": False}},
            "pymdownx.superfences",
        ],
    }


def _door() -> str:
    """The page that leads to the reader's language."""
    links = "".join(
        f'<p><a href="{language}/index.html" lang="{language}">{name}</a></p>'
        for language, name in LANGUAGES.items()
    )
    script = "location.replace((navigator.language.startsWith('ja') ? 'ja' : 'en') + '/index.html')"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Awase</title>'
        f"<script>{script}</script>{links}</html>\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
