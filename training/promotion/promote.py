"""Which release is in use: list them, tell two apart, promote one by hand, go back.

Promoting and rolling back move one row and take effect at once, whatever else is running; MLflow's
aliases follow if MLflow answers. Every move is kept with who made it and why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from features.core.errors import LeadDataError, Refusal
from features.store import Store
from features.store.releases import (
    Promotion,
    ReleaseEntry,
    read_champion,
    read_promotions,
    read_releases,
    set_champion,
)
from training.model.release import Release, ReleaseCard, load_release
from training.results.records import from_json
from training.tracking.mlflow import try_to_mirror


@dataclass(frozen=True, kw_only=True)
class ReleaseLine:
    """One release as a list shows it."""

    release_id: str
    made_at: datetime
    data_cutoff: datetime | None
    definition_version: str
    passed_gate: bool
    is_champion: bool
    promotions: tuple[Promotion, ...]
    card: ReleaseCard


@dataclass(frozen=True, kw_only=True)
class FigureDifference:
    """A figure of two releases; a value that one of them lacks is None."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Who moves the champion and why, and where releases and MLflow are."""

    releases_dir: Path
    tracking_uri: str
    by: str
    why: str


def list_releases(store: Store) -> tuple[ReleaseLine, ...]:
    """Every release, newest first, with each time it was promoted."""
    promotions = read_promotions(store)
    champion = read_champion(store)
    return tuple(
        ReleaseLine(
            release_id=entry.release_id,
            made_at=entry.made_at,
            data_cutoff=entry.data_cutoff,
            definition_version=entry.definition_version,
            passed_gate=entry.passed_gate,
            is_champion=champion is not None and champion.release_id == entry.release_id,
            promotions=tuple(p for p in promotions if p.release_id == entry.release_id),
            card=from_json(ReleaseCard, entry.record, f"release {entry.release_id}"),
        )
        for entry in read_releases(store)
    )


def find_release(store: Store, name: str) -> ReleaseLine:
    """The release of an id, or of a beginning that only one has; ``champion`` names the one in use.

    Raises
    ------
    LeadDataError
        If none is called so, or several.
    """
    lines = list_releases(store)
    if name == "champion":
        found = [line for line in lines if line.is_champion]
    else:
        found = [line for line in lines if line.release_id.startswith(name)]
    if len(found) != 1:
        known = ", ".join(line.release_id for line in lines[:3]) or "none yet"
        msg = (
            f"a release is named by its id or by a beginning only it has; got {name!r}, which "
            f"names {len(found)} of {len(lines)} (newest: {known}). Write more of the id."
        )
        raise LeadDataError(msg)
    return found[0]


def diff_releases(before: Release, after: Release) -> tuple[FigureDifference, ...]:
    """What differs between two releases: figures of their cards, then features and levels."""
    old, new = dict(_figures(before.card)), dict(_figures(after.card))
    names = [name for name in {**old, **new} if not name.startswith(("files", "release_id"))]
    differences = [
        FigureDifference(name=name, before=old.get(name), after=new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]
    had, has = _columns_of(before), _columns_of(after)
    differences += [
        FigureDifference(name=f"feature {name}", before=had.get(name), after=has.get(name))
        for name in {**had, **has}
        if had.get(name) != has.get(name)
    ]
    return tuple(differences)


def promote(store: Store, release_id: str, *, mover: Mover, despite_gate: bool = False) -> None:
    """Make a release the champion by a person's word.

    Parameters
    ----------
    despite_gate : bool
        The word of a person who knows that the gate refused this release.

    Raises
    ------
    Refusal
        If the gate refused the release and nobody takes that upon themselves.
    LeadDataError
        If there is no such release, or its folder is damaged.
    """
    entry = _entry(store, release_id)
    load_release(mover.releases_dir / release_id)
    if not entry.passed_gate and not despite_gate:
        msg = (
            f"a release must have passed the gate; got {release_id}, which was refused. Read its "
            "report, and promote it despite the gate if you answer for it."
        )
        raise Refusal(msg)
    why = mover.why if entry.passed_gate else f"{mover.why} (despite the gate)"
    set_champion(store, release_id, by=mover.by, why=why)
    try_to_mirror(
        mover.tracking_uri,
        champion=release_id,
        challenger=None,
        releases_dir=mover.releases_dir,
    )


def roll_back(store: Store, *, mover: Mover) -> str:
    """Put the champion before this one back to work; gives its id.

    Rolling back twice goes back two champions, not to the one just left.

    Raises
    ------
    Refusal
        If there is no champion to go back to.
    LeadDataError
        If the folder of the one before is damaged; the champion then stays.
    """
    line = champions_in_force(read_promotions(store))
    if len(line) < 2:
        msg = (
            f"rolling back needs a champion before this one; got {len(line)} in all. "
            "Promote a release by its id instead."
        )
        raise Refusal(msg)
    earlier = line[-2]
    load_release(mover.releases_dir / earlier)
    set_champion(store, earlier, by=mover.by, why=f"rollback: {mover.why}")
    try_to_mirror(
        mover.tracking_uri, champion=earlier, challenger=None, releases_dir=mover.releases_dir
    )
    return earlier


def champions_in_force(newest_first: Sequence[Promotion]) -> list[str]:
    """The line of champions as rollbacks left it, the present one last.

    Examples
    --------
    >>> from datetime import datetime
    >>> def became(name):
    ...     return Promotion(release_id=name, promoted_at=datetime(2026, 4, 1), by="me", why="")
    >>> champions_in_force([became("a"), became("b"), became("a")])  # back from b to a
    ['a']
    """
    line: list[str] = []
    for promotion in reversed(newest_first):
        if len(line) > 1 and line[-2] == promotion.release_id:
            line.pop()
        elif not line or line[-1] != promotion.release_id:
            line.append(promotion.release_id)
    return line


def _entry(store: Store, release_id: str) -> ReleaseEntry:
    for entry in read_releases(store):
        if entry.release_id == release_id:
            return entry
    msg = f"a champion must be a recorded release; got {release_id!r}. See `awase release list`."
    raise LeadDataError(msg)


def _figures(record: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every figure of a record with its dotted name."""
    if is_dataclass(record):
        for field in fields(record):
            dotted = f"{path}.{field.name}" if path else field.name
            yield from _figures(getattr(record, field.name), dotted)
    elif isinstance(record, tuple):
        for position, inner in enumerate(record):
            yield from _figures(inner, f"{path}[{position}]")
    elif isinstance(record, float):
        yield path, f"{record:.6g}"
    else:
        yield path, record.name if isinstance(record, Enum) else str(record)


def _columns_of(release: Release) -> dict[str, str]:
    catalogue = release.fit.catalogue
    levels = {name: ", ".join(texts) for name, texts in catalogue["levels"].items()}
    return {f["name"]: levels.get(f["name"], f["unit"]) for f in catalogue["features"]}
