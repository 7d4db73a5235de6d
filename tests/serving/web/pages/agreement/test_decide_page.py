"""Deciding: what a change of the capacity does to KPI targets is said and offered."""

import re
from html import unescape


def test_a_capacity_below_a_target_offers_to_bring_the_target_down(site) -> None:
    client = site.page_request("marketing")

    html = client.get("/decide?per_month=200").text

    # The template's target is 320 to 400 hand-overs a month.
    assert "asks for 400, but sales can work 200" in html
    offer = re.search(r'href="(/decide\?[^"]*within_capacity[^"]*)"', html)
    assert offer is not None
    taken = client.get(unescape(offer[1])).text
    assert "but sales can work" not in taken
    assert 'name="within_capacity" value="1"' in taken
    # Both ends come down to the capacity, and the page says so among the changes.
    assert taken.count("200") > html.count("sales can work 200")
    assert "Target" in taken
    assert "At most" in taken


def test_a_capacity_that_contradicts_nothing_offers_nothing(site) -> None:
    html = site.page_request("marketing").get("/decide?per_month=450").text

    assert "within_capacity" not in html
