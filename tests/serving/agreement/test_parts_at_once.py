"""What can hold at once does, though the rest of a version waits for a retrain."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from features.definition.yaml.write import with_value
from features.store.releases import read_champion
from serving.cli.main import app
from serving.decisions.in_force.change import AdoptedVersion, adopt_text
from serving.ledger.agreements import AgreementDecision
from training.model.release import load_release

DECISION = AgreementDecision(
    by="marketing", present="Ito, Sato", what="15, ninety days", why="one on leave"
)


def _text(site) -> str:
    return site.place.agreed_versions(site.store).versions[0].definition


def _adopt(site, text: str, **when: datetime) -> AdoptedVersion:
    newest = site.place.agreed_versions(site.store).versions[0]
    return adopt_text(
        site.place, site.store, text, decision=DECISION, replaces=newest.number, **when
    )


def _with_horizon(text: str) -> str:
    return with_value(text, ("outcome", "horizon_days"), 90)


def _with_capacity(text: str, per_month: int = 15) -> str:
    return with_value(text, ("cut_offs", "mql", "per_month"), per_month)


def test_a_capacity_holds_at_once_though_the_horizon_waits(site) -> None:
    before = read_champion(site.store).release_id

    adopted = _adopt(site, _with_horizon(_with_capacity(_text(site))))

    in_force = site.place.in_force(store=site.store)
    assert in_force.definition.cut_offs.mql.per_month == 15
    assert in_force.definition.outcome.horizon_days == 30
    assert site.place.to_learn(site.store).definition.outcome.horizon_days == 90
    assert site.place.to_learn(site.store).definition.cut_offs.mql.per_month == 15
    assert adopted.at_once.number == in_force.version.number == 2
    assert adopted.after.number == 3
    assert adopted.effect.outcome == "promoted"
    champion = read_champion(site.store).release_id
    assert champion == adopted.effect.release.release_id != before
    assert load_release(site.place.releases_dir / champion).card.agreement_fingerprint == (
        in_force.definition.fingerprint.agreement
    )
    reasons = [version.decision.why for version in site.place.agreed_versions().versions[:2]]
    assert reasons == ["one on leave"] * 2


def test_points_of_a_new_behaviour_wait_with_it_and_the_capacity_does_not(site) -> None:
    text = _with_capacity(_text(site))
    text = text.replace(
        "behaviours:\n",
        "behaviours:\n  - {name: demo, label: {ja: デモ, en: Demo}}\n",
        1,
    ).replace(
        "  rules:\n",
        "  rules:\n    - name: demo_seen\n      label: {ja: デモを見た, en: Demo seen}\n"
        "      when: {behaviour: demo, at_least: 1, within_days: 30}\n      points: 10\n",
        1,
    )

    _adopt(site, text)

    definition = site.place.in_force(store=site.store).definition
    assert definition.cut_offs.mql.per_month == 15
    assert "demo_seen" not in {rule.name for rule in definition.rulebook.rules}
    learned_next = site.place.to_learn(site.store).definition
    assert "demo_seen" in {rule.name for rule in learned_next.rulebook.rules}


def test_a_horizon_alone_is_one_version(site) -> None:
    adopted = _adopt(site, _with_horizon(_text(site)))

    assert adopted.at_once is None
    assert len(site.place.agreed_versions(site.store).versions) == 2


def test_a_capacity_adopted_while_a_horizon_waits_holds_at_once(site) -> None:
    _adopt(site, _with_horizon(_text(site)))

    adopted = _adopt(site, _with_capacity(_text(site)))

    in_force = site.place.in_force(store=site.store).definition
    assert (in_force.cut_offs.mql.per_month, in_force.outcome.horizon_days) == (15, 30)
    assert adopted.after.number == 4


def test_both_parts_begin_on_the_agreed_day(site) -> None:
    day = datetime.now(UTC) + timedelta(days=20)

    _adopt(site, _with_horizon(_with_capacity(_text(site))), effective_from=day)

    assert site.place.in_force(store=site.store).definition.cut_offs.mql.per_month == 40
    then = site.place.in_force(day + timedelta(days=1), site.store).definition
    assert (then.cut_offs.mql.per_month, then.outcome.horizon_days) == (15, 30)


@pytest.fixture
def awase(site):
    def run(*words: str):
        told = CliRunner().invoke(app, [*words, "--workspace", str(site.place.folder)])
        assert told.exit_code == 0, told.output
        return " ".join(told.output.split())

    return run


def test_going_back_says_what_changes_now_and_what_was_waiting(site, awase) -> None:
    _adopt(site, _with_capacity(_text(site), 60))
    _adopt(site, _with_horizon(_text(site)))
    before = read_champion(site.store).release_id

    told = awase("definition", "revert", "1", "--why", "too many")

    # In force were 60 a month; waiting was a horizon of 90 days.
    now, _, waiting = told.partition(
        "Compared with version 3, which waits for a retrain or its day"
    )
    assert "Compared with version 2, in force until now" in now
    assert "60" in now
    assert "40" in now
    assert "Horizon" not in now
    assert "Horizon (days): 90 → 30" in waiting
    champion = read_champion(site.store).release_id
    assert champion != before
    assert f"Release {champion}, the same boosters with new cut-offs, is the champion" in told


def test_the_page_that_goes_back_says_both_as_well(site) -> None:
    _adopt(site, _with_capacity(_text(site), 60))
    _adopt(site, _with_horizon(_text(site)))

    page = site.page_request("marketing").get("/decide?back_to=1").text

    now, _, waiting = page.partition("Compared with the version that waits (Version 3)")
    now = now.partition("compared with the version in force (Version 2)")[2]
    assert "at most 60 a month → at most 40 a month" in now
    assert "Horizon" not in now
    assert "Horizon (days): 90 → 30" in waiting


def test_pages_say_that_the_file_is_not_agreed(site) -> None:
    def told(login: str, language: str = "en") -> str:
        return site.page_request(login, language=language).get("/definition").text

    assert "not agreed yet" not in told("marketing")
    path = site.place.definition_path
    path.write_text(_with_capacity(path.read_text(encoding="utf-8"), 4), encoding="utf-8")

    assert "was edited since version 1 and is not agreed yet: version 1 decides" in told("admin")
    assert "まだ合意されていません" in told("marketing", "ja")
    assert "not agreed yet" not in told("sales")
