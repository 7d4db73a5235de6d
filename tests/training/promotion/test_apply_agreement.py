"""A changed agreement: the same boosters with other cut-offs, at once, and never half done."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features.core.errors import LeadDataError, Refusal
from features.definition import LeadDefinition
from features.store import Store
from features.store.releases import (
    ReleaseEntry,
    read_champion,
    read_promotions,
    read_releases,
    record_definition,
    record_release,
    set_champion,
)
from training.base_rate.adjust import shift_fit
from training.cutoffs.choose import choose_cut_offs
from training.model.cutoff_sample import ReleasePast, thin_sample
from training.model.release import Release, ReleaseCard, load_release
from training.promotion.apply_agreement import AgreedTerms, bring_into_force, under_agreement
from training.promotion.promote import Mover, promote, roll_back
from training.results.records import to_json
from training.results.scored import ScoredSnapshots


@dataclass(frozen=True)
class Shelf:
    """A store whose champion was made under the small definition."""

    store: Store
    releases: Path
    release: Release
    definition: LeadDefinition

    def agreement(self, per_month: int, *, by: str = "ito") -> AgreedTerms:
        definition = _with_capacity(self.definition, per_month)
        fingerprint = definition.fingerprint
        version = record_definition(
            self.store, "{}", model=fingerprint.model, agreement=fingerprint.agreement, by=by
        )
        return AgreedTerms(definition=definition, version=version, by=by, why="capacity grew")

    @property
    def champion(self) -> str:
        found = read_champion(self.store)
        assert found is not None
        return found.release_id


def _mover(shelf: Shelf, uri: str) -> Mover:
    return Mover(releases_dir=shelf.releases, tracking_uri=uri, by="Sato", why="a bad month")


def _learn_another(shelf: Shelf, agreement: AgreedTerms, shift: float = 0.2) -> Release:
    """A champion of another level, made under an agreement."""
    other = Release.make(
        shelf.release.card,
        shipped=shift_fit(shelf.release.fit, shift),
        tested=shift_fit(shelf.release.tested, shift),
        past=shelf.release.past,
    )
    _record(shelf.store, shelf.releases, other, agreement.version)
    set_champion(shelf.store, other.release_id, by="me", why="recalibration")
    bring_into_force(shelf.store, shelf.releases, agreement)
    return load_release(shelf.releases / shelf.champion)


def _with_capacity(definition: LeadDefinition, per_month: int) -> LeadDefinition:
    cut_offs = definition.model_copy(deep=True).cut_offs.model_dump()
    cut_offs["mql"] = {"rule": "capacity", "per_month": per_month}
    content = definition.model_dump(mode="json") | {"cut_offs": cut_offs}
    return LeadDefinition.model_validate(content)


@pytest.fixture(scope="module")
def agreed_release(
    release: Release, card: ReleaseCard, scored: ScoredSnapshots, small_definition: LeadDefinition
) -> Release:
    past = thin_sample(scored)
    fingerprint = small_definition.fingerprint
    known = replace(
        card,
        model_fingerprint=fingerprint.model,
        agreement_fingerprint=fingerprint.agreement,
        cut_offs=choose_cut_offs(past, small_definition),
        tested_cut_offs=choose_cut_offs(past, small_definition),
        tested_base_rate=0.3,
    )
    return Release.make(
        known,
        shipped=release.fit,
        tested=release.tested,
        past=ReleasePast(shipped=past, tested=past),
    )


def _record(store: Store, releases: Path, release: Release, version: str) -> None:
    folder = release.write(releases)
    entry = ReleaseEntry(
        release_id=release.release_id,
        definition_version=version,
        made_at=datetime(2026, 4, 1, tzinfo=UTC),
        data_cutoff=datetime(2026, 4, 1, tzinfo=UTC),
        folder=str(folder),
        passed_gate=True,
        record=to_json(release.card),
    )
    record_release(store, entry)


@pytest.fixture
def shelf(
    agreed_release: Release, small_definition: LeadDefinition, tmp_path: Path
) -> Iterator[Shelf]:
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    fingerprint = small_definition.fingerprint
    version = record_definition(
        store, "{}", model=fingerprint.model, agreement=fingerprint.agreement, by="me"
    )
    _record(store, tmp_path / "releases", agreed_release, version)
    set_champion(store, agreed_release.release_id, by="me", why="retrain")
    yield Shelf(store, tmp_path / "releases", agreed_release, small_definition)
    store.close()


def test_more_capacity_lowers_the_cut_off_of_the_same_boosters(shelf: Shelf) -> None:
    agreement = shelf.agreement(80)

    found = bring_into_force(shelf.store, shelf.releases, agreement)

    assert found.outcome == "promoted"
    new = load_release(shelf.releases / shelf.champion)
    assert new.release_id == found.release.release_id != shelf.release.release_id
    assert new.cut_offs.mql.probability < shelf.release.cut_offs.mql.probability
    assert new.files == shelf.release.files
    assert new.card.agreement_fingerprint == agreement.definition.fingerprint.agreement
    assert new.card.tested_cut_offs == new.cut_offs  # both chosen from the same past here
    entry = read_releases(shelf.store)[0]
    assert (entry.release_id, entry.definition_version, entry.passed_gate) == (
        new.release_id,
        agreement.version,
        True,
    )
    newest = read_promotions(shelf.store)[0]
    assert (newest.release_id, newest.by, newest.why) == (new.release_id, "ito", "capacity grew")


def test_the_old_release_stays_as_it_was(shelf: Shelf) -> None:
    bring_into_force(shelf.store, shelf.releases, shelf.agreement(80))

    old = load_release(shelf.releases / shelf.release.release_id)

    assert old.card == shelf.release.card


def test_the_cut_offs_are_those_the_rules_give(shelf: Shelf, scored: ScoredSnapshots) -> None:
    definition = _with_capacity(shelf.definition, 80)

    new = under_agreement(shelf.release, definition)

    assert new is not None
    assert new.cut_offs == choose_cut_offs(scored, definition)


def test_going_back_is_the_release_of_before(shelf: Shelf) -> None:
    bring_into_force(shelf.store, shelf.releases, shelf.agreement(80))

    found = bring_into_force(shelf.store, shelf.releases, shelf.agreement(40))

    assert found.outcome == "promoted"
    assert shelf.champion == shelf.release.release_id
    assert len(read_promotions(shelf.store)) == 3


def test_an_agreement_in_force_changes_nothing(shelf: Shelf) -> None:
    found = bring_into_force(shelf.store, shelf.releases, shelf.agreement(40))

    assert found.outcome == "same"
    assert len(read_promotions(shelf.store)) == 1


def test_a_changed_model_part_waits_for_a_retrain(shelf: Shelf) -> None:
    content = shelf.definition.model_dump(mode="json")
    content["outcome"]["horizon_days"] = 45
    agreement = replace(shelf.agreement(40), definition=LeadDefinition.model_validate(content))

    found = bring_into_force(shelf.store, shelf.releases, agreement)

    assert found.outcome == "waits for a retrain"
    assert shelf.champion == shelf.release.release_id


def test_a_release_without_its_past_keeps_its_cut_offs(shelf: Shelf) -> None:
    old = Release.make(
        shelf.release.card, shipped=shelf.release.fit, tested=shelf.release.tested, past=None
    )
    _record(shelf.store, shelf.releases, old, read_releases(shelf.store)[0].definition_version)
    set_champion(shelf.store, old.release_id, by="me", why="an older version wrote it")

    found = bring_into_force(shelf.store, shelf.releases, shelf.agreement(80))

    assert found.outcome == "keeps no past"
    assert shelf.champion == old.release_id


def test_without_a_champion_there_is_nothing_to_change(shelf: Shelf, tmp_path: Path) -> None:
    empty = Store.open(f"sqlite:///{tmp_path / 'empty.db'}")

    assert bring_into_force(empty, shelf.releases, shelf.agreement(80)).outcome == "no champion"
    empty.close()


def test_a_release_promoted_meanwhile_gets_the_agreement_instead(shelf: Shelf) -> None:
    retrained = shelf.release.with_agreement(
        replace(shelf.release.cut_offs, sql=replace(shelf.release.cut_offs.sql, probability=0.99)),
        shelf.definition.fingerprint.agreement,
    )
    retrained = replace(
        retrained, card=replace(retrained.card, n_snapshots=7)
    )  # another card: what a retrain in between would leave
    retrained = Release.make(
        retrained.card, shipped=retrained.fit, tested=retrained.tested, past=retrained.past
    )
    _record(
        shelf.store, shelf.releases, retrained, read_releases(shelf.store)[0].definition_version
    )
    seen: list[str] = []

    def promote_between(step: str) -> None:
        seen.append(step)
        if step == "move the champion" and len(seen) == 2:
            set_champion(shelf.store, retrained.release_id, by="me", why="retrain")

    found = bring_into_force(
        shelf.store, shelf.releases, shelf.agreement(80), reached=promote_between
    )

    assert found.outcome == "promoted"
    assert load_release(shelf.releases / shelf.champion).card.n_snapshots == 7


def test_a_champion_is_not_overwritten_by_one_made_from_another(shelf: Shelf) -> None:
    with pytest.raises(LeadDataError, match="the champion must still be other"):
        set_champion(shelf.store, shelf.release.release_id, by="me", why="", instead_of="other")


KILLED = """
import os, signal, sys
from pathlib import Path
from features.definition import read_definition
from features.store import Store
from training.promotion.apply_agreement import AgreedTerms, bring_into_force

place, version, boundary = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def kill_at(step):
    if step == boundary:
        os.kill(os.getpid(), signal.SIGKILL)

definition = read_definition(place / "new.yaml")
agreement = AgreedTerms(definition=definition, version=version, by="ito", why="")
bring_into_force(Store.open(f"sqlite:///{place / 'awase.db'}"), place / "releases", agreement,
                 reached=kill_at)
"""


@pytest.mark.long
@pytest.mark.parametrize("boundary", ["write the release", "move the champion", "done"])
def test_a_kill_leaves_a_whole_champion_and_the_next_look_completes(
    shelf: Shelf, tmp_path: Path, boundary: str
) -> None:
    agreement = shelf.agreement(80)
    text = agreement.definition.model_dump_json(exclude_defaults=True)
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    shelf.store.engine.dispose()

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), agreement.version, boundary], check=False
    )

    assert killed.returncode == -9
    moved = shelf.champion != shelf.release.release_id
    assert moved is (boundary == "done")
    load_release(shelf.releases / shelf.champion)
    bring_into_force(shelf.store, shelf.releases, agreement)
    new = load_release(shelf.releases / shelf.champion)
    assert new.card.agreement_fingerprint == agreement.definition.fingerprint.agreement
    assert np.isclose(new.cut_offs.mql.expected_per_month, 80, rtol=0.2)


def test_nothing_is_rolled_back_to_that_the_agreement_would_undo(
    shelf: Shelf, tracking_uri: str
) -> None:
    agreement = shelf.agreement(80)
    bring_into_force(shelf.store, shelf.releases, agreement)
    champion, promotions = shelf.champion, read_promotions(shelf.store)

    with pytest.raises(Refusal, match=r"got 1 in all \(1 more differ by their cut-offs alone\)"):
        roll_back(shelf.store, mover=_mover(shelf, tracking_uri), agreement=agreement)

    assert shelf.champion == champion
    assert read_promotions(shelf.store) == promotions


def test_rolling_back_gives_the_one_before_the_cut_offs_in_force_in_one_step(
    shelf: Shelf, tracking_uri: str
) -> None:
    agreement = shelf.agreement(80)
    _learn_another(shelf, agreement)
    n_before = len(read_promotions(shelf.store))

    moved = roll_back(shelf.store, mover=_mover(shelf, tracking_uri), agreement=agreement)

    assert moved.chosen == shelf.release.release_id
    assert moved.release_id == shelf.champion != moved.chosen
    back = load_release(shelf.releases / shelf.champion)
    assert back.files == shelf.release.files
    assert back.card.agreement_fingerprint == agreement.definition.fingerprint.agreement
    promotions = read_promotions(shelf.store)
    assert len(promotions) == n_before + 1
    assert promotions[0].why == "rollback: a bad month"
    assert bring_into_force(shelf.store, shelf.releases, agreement).outcome == "same"


def test_rolling_back_again_never_returns_to_what_was_left(shelf: Shelf, tracking_uri: str) -> None:
    agreement = shelf.agreement(80)
    _learn_another(shelf, agreement)
    roll_back(shelf.store, mover=_mover(shelf, tracking_uri), agreement=agreement)

    with pytest.raises(Refusal, match="needs a champion before this one; got 1 in all"):
        roll_back(shelf.store, mover=_mover(shelf, tracking_uri), agreement=agreement)


def test_promoting_what_the_agreement_has_made_the_champion_changes_nothing(
    shelf: Shelf, tracking_uri: str
) -> None:
    agreement = shelf.agreement(80)
    bring_into_force(shelf.store, shelf.releases, agreement)
    promotions = read_promotions(shelf.store)

    moved = promote(
        shelf.store,
        shelf.release.release_id,
        mover=_mover(shelf, tracking_uri),
        agreement=agreement,
    )

    assert not moved.changed
    assert (moved.chosen, moved.release_id) == (shelf.release.release_id, shelf.champion)
    assert read_promotions(shelf.store) == promotions
