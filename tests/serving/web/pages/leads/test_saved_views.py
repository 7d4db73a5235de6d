"""Lists kept under a name."""

import re

from serving.web.pages.leads.saved_views import MOST_VIEWS, SavedView, read_views

TOKEN = re.compile(r'name="form_token" value="(\w+)"')


def _post(client, to: str, **form: str):
    form["form_token"] = TOKEN.search(client.get("/worklist").text)[1]
    return client.post(to, data=form)


def test_a_view_is_kept_for_its_person_and_opened_from_both_lists(site) -> None:
    client = site.page_request("sales")
    path = "/worklist?owner=Lee&view=waiting"

    sent = _post(client, "/views", name="Leeの回答待ち", path=path)

    assert sent.headers["location"] == path
    link = f'<a href="{path.replace("&", "&amp;")}"'
    for page in ("/today", "/worklist"):
        assert link in client.get(page).text
    assert link not in site.page_request("marketing").get("/worklist").text
    assert f'{link} aria-current="true"' in client.get(path).text


def test_a_view_of_the_same_name_replaces_and_a_removed_one_is_gone(site) -> None:
    client = site.page_request("sales")
    _post(client, "/views", name="a", path="/today?whose=all")
    _post(client, "/views", name="a", path="/worklist?sort=owner")

    assert read_views(site.store, "sales") == (SavedView(name="a", path="/worklist?sort=owner"),)
    assert _post(client, "/views/remove", name="a", next="/worklist").status_code == 303
    assert read_views(site.store, "sales") == ()
    assert _post(client, "/views/remove", name="a", next="/worklist").status_code == 404


def test_views_are_lists_of_ours_with_a_name_and_not_endless(site) -> None:
    client = site.page_request("sales")

    for name, path in (("", "/today"), ("x" * 61, "/today"), ("a", "/people"), ("a", "//evil")):
        assert _post(client, "/views", name=name, path=path).status_code == 422
    for number in range(MOST_VIEWS + 1):
        _post(client, "/views", name=f"view {number}", path="/worklist")

    kept = [view.name for view in read_views(site.store, "sales")]
    assert kept == [f"view {number}" for number in range(1, MOST_VIEWS + 1)]
