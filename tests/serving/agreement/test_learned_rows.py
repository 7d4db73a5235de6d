"""The learned rulebook row by row: each difference once, each to be taken by itself."""

import re
from html import unescape

from features.core.estimate import Measured
from features.store.releases import read_champion
from serving.agreement.choice import ChosenChanges, chosen_text
from serving.agreement.learned_rows import learned_rows, worth_of
from serving.workspace.workspace import parse_whole
from training.results.recovery_records import Recovery, Volume
from training.results_store import read_proposals


def _learned(site):
    return read_proposals(site.store, read_champion(site.store).release_id).rulebook.rulebook


def _taken(site, rows):
    newest = site.place.agreed_versions().versions[0].definition
    before = parse_whole(newest, "newest")
    choice = ChosenChanges.of({row.field: row.value for row in rows})
    text = chosen_text(choice, newest, definition=before, learned=None)
    return parse_whole(text, "taken").rulebook


def test_all_rows_together_are_the_learned_rulebook(site) -> None:
    learned = _learned(site)

    taken = _taken(site, learned_rows(site.place.definition(), learned))

    assert {rule.name: rule for rule in taken.rules} == {rule.name: rule for rule in learned.rules}
    assert (taken.mql, taken.sql, taken.caps) == (learned.mql, learned.sql, learned.caps)


def test_one_row_changes_its_rule_and_no_other(site) -> None:
    definition, learned = site.place.definition(), _learned(site)
    rows = learned_rows(definition, learned)
    row = next(r for r in rows if r.field.startswith("set_rulebook.rules."))
    name = row.field.rpartition(".")[2]

    taken = {rule.name: rule for rule in _taken(site, [row]).rules}

    of_learned = next(rule for rule in learned.rules if rule.name == name)
    today = {rule.name: rule for rule in definition.rulebook.rules}
    assert taken == today | {name: of_learned}


def test_the_page_offers_each_row_and_says_what_all_are_worth(site) -> None:
    client = site.page_request("sales")
    rows = learned_rows(site.place.definition(), _learned(site))

    page = client.get("/proposals").text
    offered = re.findall(r'type="checkbox" name="([sd]\w+_rulebook[^"]*)" value="([^"]*)"', page)
    read = site.page_request("scientist").get("/proposals").text

    assert [(n, unescape(v)) for n, v in offered] == [(row.field, row.value) for row in rows]
    assert "reached the outcome: " in page or "the difference is not sure" in page
    assert 'name="set_rulebook' not in read


def _recovery(low: float, high: float) -> Recovery:
    sure = Measured(value=round((low + high) / 2, 1), low=low, high=high)
    return Recovery(
        volume=Volume.CAPACITY,
        n_handed_over=1_104,
        today_caught=208.7,
        proposed_caught=243.4,
        model_caught=256.0,
        advantage=sure,
        gain=sure,
        recovered=None,
    )


def test_what_it_is_worth_is_one_sentence() -> None:
    sure, unsure = worth_of(_recovery(15.5, 54.1)), worth_of(_recovery(-4.0, 54.1))

    assert sure.en == (
        "Of the same 1,104 hand-overs in the test, 243 instead of 209 reached the outcome: "
        "+35 (+16 to +54)."
    )
    assert sure.ja == (
        "検証期間に同じ1,104件を引き渡すと、成果に至るリードは209件から243件になります"
        "(差+35(+16〜+54))。"
    )
    assert unsure.en.endswith("; the difference is not sure: +25 (−4 to +54).")
