"""What everybody must know before they read a page stands on top of it."""

import re

import pytest

from features.core.text import Text
from features.store.releases import read_champion
from features.store.results import write_finding
from serving.decisions.suspension import SUSPENSION, Suspension
from training.model.out_of_range import OutOfRange
from training.results.records import to_json

PATHS = ["/worklist", "/leads/L000", "/definition"]
OUT = OutOfRange(
    column="budget",
    concept="budget",
    share=0.93,
    n_leads=400,
    sentence=Text(ja="「予算」は範囲外です。", en="Budget lies outside."),
)


@pytest.fixture
def suspend(site):
    def write(*inputs: OutOfRange) -> None:
        release_id = read_champion(site.store).release_id
        found = Suspension(release_id=release_id, as_of=0, inputs=inputs)
        write_finding(site.store, SUSPENSION, release_id, record=to_json(found))

    return write


def notice_of(html: str) -> str | None:
    found = re.search(r'<p class="notice" role="status">(.*?)</p>', html, flags=re.DOTALL)
    return None if found is None else found[1]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["cut-offs are suspended. Budget lies outside.", "the rulebook decides"]),
        (
            "ja",
            ["モデルの基準を停止しています。「予算」は範囲外です。", "ルールブックで判定します"],
        ),
    ],
)
def test_every_page_says_that_the_cut_offs_are_suspended(site, suspend, path, language, words):
    suspend(OUT)

    notice = notice_of(site.page_request("admin", language=language).get(path).text)

    assert notice is not None
    assert all(part in notice.replace("&#39;", "'") for part in words)


@pytest.mark.parametrize("path", PATHS)
def test_there_is_no_notice_while_the_cut_offs_are_in_force(site, suspend, path):
    before = notice_of(site.page_request("admin").get(path).text)
    suspend()
    lifted = notice_of(site.page_request("admin").get(path).text)

    assert (before, lifted) == (None, None)


def test_who_is_not_signed_in_is_told_nothing(site, suspend):
    suspend(OUT)

    assert notice_of(site.page_request().get("/sign-in").text) is None
