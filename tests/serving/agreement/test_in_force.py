"""What leads are judged by, when several look at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from features.definition.yaml.write import with_value
from features.store.releases import read_champion, read_promotions
from serving.decisions.in_force.apply import (
    apply_agreement,
    in_force_at,
    in_force_now,
    load_champion,
)
from serving.decisions.in_force.change import adopt_text
from serving.ledger.agreements import AgreementDecision
from training.model.release import load_release

DECISION = AgreementDecision(
    by="marketing", present="Ito, Sato", what="60", why="one more in sales"
)


def _adopt(site, per_month: int, effective_from=None) -> None:
    newest = site.place.agreed_versions(site.store).versions[0]
    text = with_value(newest.definition, ("cut_offs", "mql", "per_month"), per_month)
    adopt_text(
        site.place,
        site.store,
        text,
        decision=DECISION,
        effective_from=effective_from,
        replaces=newest.number,
    )


def _now_is(then: datetime, monkeypatch) -> None:
    """Set the clock that says which version of the agreement is in force."""

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):  # noqa: ARG003 (the clock asks for a zone)
            return then

    monkeypatch.setattr("serving.workspace.workspace.datetime", Later)


def test_whoever_looks_first_applies_a_plan_whose_day_has_come(site, monkeypatch) -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    _adopt(site, 60, effective_from=day)
    before = read_champion(site.store).release_id
    assert in_force_now(site.place, site.store).release.release_id == before

    _now_is(day + timedelta(hours=1), monkeypatch)
    found = in_force_now(site.place, site.store)

    assert found.agreed.version.number == 2
    assert read_champion(site.store).release_id == found.release.release_id != before
    fingerprint = found.definition.fingerprint.agreement
    assert found.release.card.agreement_fingerprint == fingerprint
    assert "version 2 of the agreement" in read_promotions(site.store)[0].why


def test_many_who_look_at_once_promote_once(site, monkeypatch) -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    _adopt(site, 60, effective_from=day)
    before = len(read_promotions(site.store))
    _now_is(day + timedelta(hours=1), monkeypatch)

    with ThreadPoolExecutor(6) as pool:
        looks = [pool.submit(apply_agreement, site.place, site.store) for _ in range(6)]

    assert sorted(look.result().outcome for look in looks) == [
        "promoted",
        *["same"] * 5,
    ]
    assert len(read_promotions(site.store)) == before + 1
    load_release(site.place.releases_dir / read_champion(site.store).release_id)


def test_the_agreement_of_another_day_leaves_the_champion(site) -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    _adopt(site, 60, effective_from=day)
    champion = read_champion(site.store).release_id

    now = load_champion(site.store, site.place)
    then = in_force_at(site.place, site.store, day, champion=now)

    assert then.agreed.version.number == 2
    assert then.release.release_id != champion == read_champion(site.store).release_id


def test_past_leads_of_the_boosters_go_on_to_their_next_release(site) -> None:
    from serving.decisions.inspect.explain_lead import past_leads
    from training.dataset.past_leads import PastLeads

    champion = read_champion(site.store).release_id
    release = load_release(site.place.releases_dir / champion)
    before = past_leads(site.place, release, site.place.definition())

    _adopt(site, 60)

    after = read_champion(site.store).release_id
    kept = PastLeads.read(site.place.past_leads_path(after))
    assert (kept.release_id, len(kept)) == (after, len(before))
