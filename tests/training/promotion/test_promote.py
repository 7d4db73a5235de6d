"""Promoting and rolling back by hand: at once, with who and why, never to a damaged release."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.core.errors import LeadDataError, Refusal
from features.store import Store
from features.store.releases import (
    Promotion,
    ReleaseEntry,
    read_champion,
    read_promotions,
    record_definition,
    record_release,
)
from training.model.release import Release
from training.promotion.promote import (
    Mover,
    champions_in_force,
    promote,
    roll_back,
)
from training.promotion.release_list import find_release, list_releases
from training.results.records import CutOff, to_json


@dataclass(frozen=True)
class Shelf:
    """Three recorded releases, of which the gate refused the last."""

    store: Store
    mover: Mover
    releases: tuple[Release, ...]

    @property
    def ids(self) -> list[str]:
        return [release.release_id for release in self.releases]

    @property
    def champion(self) -> str | None:
        found = read_champion(self.store)
        return None if found is None else found.release_id


@pytest.fixture
def shelf(release: Release, tracking_uri: str, tmp_path: Path) -> Iterator[Shelf]:
    store = Store.open(f"sqlite:///{tmp_path / 'awase.db'}")
    version = record_definition(store, "{}", model="ab" * 8, agreement="cd" * 8, by="me")
    later = release.with_agreement(
        replace(release.cut_offs, mql=CutOff(rule="capacity", probability=0.4)), "ef"
    )
    last = later.with_agreement(later.cut_offs, "gh")
    for number, each in enumerate((release, later, last)):
        folder = each.write(tmp_path / "releases")
        entry = ReleaseEntry(
            release_id=each.release_id,
            definition_version=version,
            made_at=datetime(2026, 4, 1 + number, tzinfo=UTC),
            data_cutoff=None,
            folder=str(folder),
            passed_gate=each is not last,
            record=to_json(each.card),
        )
        record_release(store, entry)
    mover = Mover(
        releases_dir=tmp_path / "releases", tracking_uri=tracking_uri, by="Sato", why="agreed"
    )
    yield Shelf(store, mover, (release, later, last))
    store.close()


def test_a_promotion_is_kept_with_who_and_why(shelf: Shelf) -> None:
    promote(shelf.store, shelf.ids[0], mover=shelf.mover)

    assert shelf.champion == shelf.ids[0]
    lines = {line.release_id: line for line in list_releases(shelf.store)}
    assert [line.release_id for line in lines.values()] == shelf.ids[::-1]
    assert lines[shelf.ids[0]].is_champion
    assert [(p.by, p.why) for p in lines[shelf.ids[0]].promotions] == [("Sato", "agreed")]
    assert not lines[shelf.ids[2]].passed_gate


def test_a_refused_release_needs_a_persons_word(shelf: Shelf) -> None:
    with pytest.raises(Refusal, match=r"must have passed the gate; got .* which was refused"):
        promote(shelf.store, shelf.ids[2], mover=shelf.mover)
    assert shelf.champion is None

    promote(shelf.store, shelf.ids[2], mover=shelf.mover, despite_gate=True)

    assert shelf.champion == shelf.ids[2]
    assert read_promotions(shelf.store)[0].why == "agreed (despite the gate)"


def test_rolling_back_twice_goes_back_two_champions(shelf: Shelf) -> None:
    for release_id in shelf.ids:
        promote(shelf.store, release_id, mover=shelf.mover, despite_gate=True)

    assert roll_back(shelf.store, mover=shelf.mover).release_id == shelf.ids[1]
    assert roll_back(shelf.store, mover=shelf.mover).release_id == shelf.ids[0]
    assert shelf.champion == shelf.ids[0]
    with pytest.raises(Refusal, match="needs a champion before this one; got 1 in all"):
        roll_back(shelf.store, mover=shelf.mover)


@pytest.mark.parametrize(
    ("history", "line"),
    [
        ("a", "a"),
        ("ab", "ab"),
        ("aba", "a"),
        ("abac", "ac"),
        ("abcb", "ab"),
        ("abcba", "a"),
        ("aab", "ab"),
    ],
)
def test_the_line_of_champions_forgets_those_rolled_back_from(history: str, line: str) -> None:
    promotions = [
        Promotion(release_id=name, promoted_at=datetime(2026, 4, 1, tzinfo=UTC), by="", why="")
        for name in history
    ]

    assert champions_in_force(promotions[::-1]) == list(line)


def test_nobody_goes_back_to_a_damaged_release(shelf: Shelf) -> None:
    for release_id in shelf.ids[:2]:
        promote(shelf.store, release_id, mover=shelf.mover)
    (shelf.mover.releases_dir / shelf.ids[0] / "booster_00.txt").write_text("")

    with pytest.raises(LeadDataError, match=r"changed or missing \(booster_00\.txt\)"):
        roll_back(shelf.store, mover=shelf.mover)

    assert shelf.champion == shelf.ids[1]


def test_rolling_back_does_not_wait_for_mlflow(shelf: Shelf, tmp_path: Path) -> None:
    for release_id in shelf.ids[:2]:
        promote(shelf.store, release_id, mover=shelf.mover)
    (tmp_path / "broken.db").write_text("no database")
    mover = replace(shelf.mover, tracking_uri=f"sqlite:///{tmp_path / 'broken.db'}")

    roll_back(shelf.store, mover=mover)

    assert shelf.champion == shelf.ids[0]


def test_a_release_is_found_by_a_beginning_only_it_has(shelf: Shelf) -> None:
    promote(shelf.store, shelf.ids[1], mover=shelf.mover)

    assert find_release(shelf.store, shelf.ids[0]).release_id == shelf.ids[0]
    assert find_release(shelf.store, "champion").release_id == shelf.ids[1]
    with pytest.raises(LeadDataError, match="names 3 of 3"):
        find_release(shelf.store, "2026-")
