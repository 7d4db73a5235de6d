"""An English page shows values by their labels: nothing Japanese but what people typed."""

import re

import pytest

from serving.ledger.leads.worklist import WorklistFilter, read_page

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]+")
TAGS = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL)
TYPED = {"佐藤", "さん", "手作業が多い", "山田", "郎", "株式会社"}
"""Owners, people, companies and a pain point."""

SWITCH = "日本語"
"""The switch to the other language, in that language."""


def _japanese(site, path: str) -> set[str]:
    answer = site.page_request("admin").get(path)
    assert answer.status_code == 200
    return set(JAPANESE.findall(TAGS.sub(" ", answer.text))) - {SWITCH}


@pytest.mark.parametrize(
    "path", ["/today", "/worklist", "/review/2023-11", "/review/2023-12", "/definition"]
)
def test_an_english_page_holds_no_value_in_japanese(site, path) -> None:
    assert _japanese(site, path) <= TYPED


def test_an_english_card_holds_no_value_in_japanese(site) -> None:
    found = read_page(site.store, WorklistFilter(), limit=40)

    for state, _ in found:
        assert _japanese(site, f"/leads/{state.lead_id}") <= TYPED


def test_values_are_called_by_their_labels_and_chosen_by_what_is_stored(site) -> None:
    page = site.page_request("admin").get("/worklist").text

    assert '<option value="展示会">Exhibition</option>' in page
    cards = " ".join(
        site.page_request("admin").get(f"/leads/{state.lead_id}").text
        for state, _ in read_page(site.store, WorklistFilter(), limit=40)
    )
    for label in ("Exhibition", "Head of sales", "within 3 months"):
        assert label in cards


def test_a_review_calls_segments_by_their_labels(site) -> None:
    english = site.page_request("admin").get("/review/2023-12/details").text
    japanese = site.page_request("admin", language="ja").get("/review/2023-12/details").text

    assert "Exhibition" in english
    assert "展示会" in japanese
