"""A new champion under way: taken into use beside running requests, refused if it is broken."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from features.core.text import Text
from features.store.releases import ReleaseEntry, read_releases, record_release, set_champion
from features.store.results import write_finding
from serving.decisions.in_force.holder import InForceHolder
from serving.decisions.suspension import SUSPENSION, Suspension
from serving.ledger.access.api_keys import Scope
from serving.workspace.api_keys import make_key
from tests.patience import wait_until
from training.model.out_of_range import OutOfRange
from training.model.release import Release, load_release
from training.results.records import CutOff, to_json


def _another_release(site) -> Release:
    """The same boosters under cut-offs that qualify everybody."""
    (entry,) = read_releases(site.store)
    release = load_release(site.workspace.releases_dir / entry.release_id)
    low = CutOff(rule=release.cut_offs.mql.rule, probability=0.0001)
    cut_offs = replace(release.cut_offs, mql=low)
    return release.with_agreement(cut_offs, release.card.agreement_fingerprint)


def _record(site, release: Release) -> None:
    (first, *_) = read_releases(site.store)
    folder = release.write(site.workspace.releases_dir)
    entry = ReleaseEntry(
        release_id=release.release_id,
        definition_version=first.definition_version,
        made_at=datetime.now(UTC),
        data_cutoff=first.data_cutoff,
        folder=str(folder),
        passed_gate=True,
        record="{}",
    )
    record_release(site.store, entry)


def _client(site) -> TestClient:
    key = make_key(site.store, "test", scope=Scope.READ, days=1, by="test")
    return TestClient(site.app, headers={"authorization": f"Bearer {key}"})


def test_a_promotion_costs_no_request(site) -> None:
    release = _another_release(site)
    _record(site, release)
    seen: list[tuple[int, str]] = []
    stop = threading.Event()

    with _client(site) as client:

        def ask() -> None:
            while not stop.is_set():
                answer = client.get("/v1/leads/L003/score", params={"reasons": False})
                seen.append((answer.status_code, answer.json().get("release_id", "")))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(seen) > 5)
        before = seen[0][1]
        set_champion(site.store, release.release_id, by="test", why="better")
        wait_until(lambda: seen[-1][1] == release.release_id)
        stop.set()
        for thread in threads:
            thread.join()

    assert {status for status, _ in seen} == {200}
    assert {name for _, name in seen} == {before, release.release_id}


def test_a_broken_release_is_refused_and_the_old_one_keeps_serving(site) -> None:
    release = _another_release(site)
    _record(site, release)
    booster = site.workspace.releases_dir / release.release_id / "booster_00.txt"
    whole = booster.read_bytes()
    booster.write_bytes(whole[:-40])
    in_force_holder = site.app.state.services.in_force_holder

    client = _client(site)
    before = client.get("/v1/leads/L003/score").json()["release_id"]
    set_champion(site.store, release.release_id, by="test", why="better")
    in_force_holder.refresh()
    ready = client.get("/ready")
    after = client.get("/v1/leads/L003/score").json()["release_id"]
    metrics = client.get("/v1/metrics").text
    booster.write_bytes(whole)
    in_force_holder.refresh()
    mended = client.get("/ready").json()

    assert before == after != release.release_id
    assert (ready.status_code, ready.json()["newer_release_refused"]) == (200, True)
    assert next(n for n in metrics.splitlines() if "release_refused{" in n).endswith(" 1.0")
    assert (mended["release_id"], mended["newer_release_refused"]) == (release.release_id, False)


def test_without_any_usable_release_nothing_is_invented(site) -> None:
    (entry,) = read_releases(site.store)
    (site.workspace.releases_dir / entry.release_id / "release.json").unlink()

    client = _client(site)
    answers = [client.get("/ready"), client.get("/v1/leads/L003/score")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[1].json()["type"] == "urn:awase:problem:unavailable"


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_and_readiness_need_no_key(site, path: str) -> None:
    assert TestClient(site.app).get(path).status_code == 200


def test_while_the_champion_is_suspended_the_rulebook_decides(site) -> None:
    (entry,) = read_releases(site.store)
    in_force_holder = InForceHolder(site.workspace, site.store)
    words = Text(ja="範囲外です。", en="Outside.")
    out = OutOfRange(column="budget", concept="budget", share=0.9, n_leads=99, sentence=words)

    def find(*inputs: OutOfRange) -> str | None:
        found = Suspension(release_id=entry.release_id, as_of=0, inputs=inputs)
        write_finding(site.store, SUSPENSION, entry.release_id, record=to_json(found))
        in_force_holder.refresh()
        return in_force_holder.current().release_id

    before = in_force_holder.current().release_id
    suspended = find(out)
    lifted = find()

    assert (before, suspended, lifted) == (entry.release_id, None, entry.release_id)
