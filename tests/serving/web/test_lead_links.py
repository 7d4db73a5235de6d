"""Every link to a lead, on every page somebody can reach, opens its card for them."""

import re
from html import unescape

import pytest

LINK = re.compile(r'(?:href|src)="(/[^"#]*)')
CARD = re.compile(r"/leads/[^/?]+(\?.*)?$")
OTHER = re.compile(r"/static/|/worklist\.|.*/(xlsx|pdf|markdown)$")
LISTS = re.compile(r"/(worklist|today)\?")

MOST_PAGES = 60
"""Pages walked through beside the cards: filters make endless combinations of the same lists."""


@pytest.mark.parametrize(
    "login",
    [
        "east",
        "marketing",
        *(pytest.param(login, marks=pytest.mark.long) for login in ("sales", "scientist", "admin")),
    ],
)
def test_every_lead_link_opens_a_card_for_whoever_sees_it(site, login: str) -> None:
    client = site.page_request(login)
    waiting, opened = ["/"], dict[str, int]()
    n_pages = 0

    while waiting:
        path = waiting.pop(0)
        is_card = CARD.match(path) is not None
        n_pages += not is_card
        if not is_card and n_pages > MOST_PAGES:
            continue
        answer = client.get(path)
        opened[path] = answer.status_code
        links = [unescape(link) for link in LINK.findall(answer.text)]
        links += [answer.headers["location"]] if "location" in answer.headers else []
        new = {link for link in links if not OTHER.match(link)} - {*opened, *waiting}
        # Lists that differ in what is chosen come last: pages of other kinds first.
        waiting = sorted([*waiting, *new], key=lambda link: LISTS.match(link) is not None)

    cards = {path: status for path, status in opened.items() if CARD.match(path)}
    assert {path: status for path, status in cards.items() if status != 200} == {}
    assert {path for path, status in opened.items() if status not in (200, 303)} == set()
    assert len(cards) > 10
