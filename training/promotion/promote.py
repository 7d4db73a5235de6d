"""Which release is in use: promote one by hand, go back.

Promoting and rolling back move one row and take effect at once, whatever else is running; MLflow's
aliases follow if MLflow answers. Every move is kept with who made it and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from training.model.release import Release, load_release
from training.promotion.apply_agreement import (
    AgreedTerms,
    keep_release,
    learned_files,
    under_agreement,
)
from training.tracking.mlflow import try_to_mirror


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Who moves the champion and why, and where releases and MLflow are."""

    releases_dir: Path
    tracking_uri: str
    by: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What moving the champion came to.

    Attributes
    ----------
    release_id : str
        The champion now, as it is stored.
    chosen : str
        The release that was gone to; another id where the agreement in force gave it its cut-offs.
    changed : bool
        False where that is the champion already, and nothing was stored.
    mirrored : bool
        False where MLflow did not answer: its alias follows with the next run.
    """

    release_id: str
    chosen: str
    changed: bool
    mirrored: bool


def promote(
    store: Store,
    release_id: str,
    *,
    mover: Mover,
    despite_gate: bool = False,
    agreement: AgreedTerms | None = None,
) -> Moved:
    """Make a release the champion by a person's word.

    Parameters
    ----------
    store : Store
        Whose champion moves.
    release_id : str
        Of a recorded release.
    mover : Mover
        Who moves it and why.
    despite_gate : bool
        The word of a person who knows that the gate refused this release.
    agreement : AgreedTerms, optional
        What is in force: the release gets its cut-offs before it is promoted, in the same step.

    Raises
    ------
    Refusal
        If the gate refused the release and nobody takes that upon themselves.
    LeadDataError
        If there is no such release, or its folder is damaged.
    """
    entry = _entry(store, release_id)
    release = load_release(mover.releases_dir / release_id)
    if not entry.passed_gate and not despite_gate:
        msg = (
            f"a release must have passed the gate; got {release_id}, which was refused. Read its "
            "report, and promote it despite the gate if you answer for it."
        )
        raise Refusal(msg)
    why = mover.why if entry.passed_gate else f"{mover.why} (despite the gate)"
    return _move(store, release, mover=replace(mover, why=why), agreement=agreement)


def roll_back(store: Store, *, mover: Mover, agreement: AgreedTerms | None = None) -> Moved:
    """Put the champion before this one back to work.

    Rolling back twice goes back two champions, not to the one just left.

    Parameters
    ----------
    store : Store
        Whose champion moves.
    mover : Mover
        Who moves it and why.
    agreement : AgreedTerms, optional
        What is in force. A champion that differs from the present one by its cut-offs alone is
        then none to go back to: the agreement would give it the present ones again.

    Raises
    ------
    Refusal
        If there is no champion to go back to.
    LeadDataError
        If the folder of the one before is damaged; the champion then stays.
    """
    learned = None
    if agreement is not None:
        learned = {entry.release_id: learned_files(entry) for entry in read_releases(store)}
    promotions = read_promotions(store)
    line = champions_in_force(promotions, learned)
    if len(line) < 2:
        n_alike = len(champions_in_force(promotions)) - len(line)
        alike = f" ({n_alike} more differ by their cut-offs alone)" if n_alike else ""
        msg = (
            f"rolling back needs a champion before this one; got {len(line)} in all{alike}. "
            "Promote a release by its id instead, or go back in the agreement with "
            "`awase definition revert`."
        )
        raise Refusal(msg)
    release = load_release(mover.releases_dir / line[-2])
    mover = replace(mover, why=f"rollback: {mover.why}")
    return _move(store, release, mover=mover, agreement=agreement)


def champions_in_force(
    newest_first: Sequence[Promotion], learned: Mapping[str, object] | None = None
) -> list[str]:
    """The line of champions as rollbacks left it, the present one last.

    Parameters
    ----------
    newest_first : sequence of Promotion
        Every promotion of a store.
    learned : mapping, optional
        What each release learned; those that learned the same count as one, the newest standing
        for it. Each stands for itself unless given.

    Examples
    --------
    >>> from datetime import datetime
    >>> def became(name):
    ...     return Promotion(release_id=name, promoted_at=datetime(2026, 4, 1), by="me", why="")
    >>> champions_in_force([became("a"), became("b"), became("a")])  # back from b to a
    ['a']
    """
    line: list[tuple[object, str]] = []
    for promotion in reversed(newest_first):
        name = promotion.release_id
        same = name if learned is None else learned.get(name, name)
        if len(line) > 1 and line[-2][0] == same:
            line.pop()
        if line and line[-1][0] == same:
            line.pop()
        line.append((same, name))
    return [name for _, name in line]


def _move(store: Store, release: Release, *, mover: Mover, agreement: AgreedTerms | None) -> Moved:
    """Make a release the champion, with the cut-offs of an agreement, unless it is."""
    chosen, present = release.release_id, read_champion(store)
    if agreement is not None and _is_of_model(release, agreement):
        release = under_agreement(release, agreement.definition) or release
    changed = present is None or present.release_id != release.release_id
    if changed:
        if agreement is not None and release.release_id != chosen:
            keep_release(store, mover.releases_dir, release, version=agreement.version, like=chosen)
        set_champion(store, release.release_id, by=mover.by, why=mover.why)
    mirrored = try_to_mirror(
        mover.tracking_uri,
        champion=release.release_id,
        challenger=None,
        releases_dir=mover.releases_dir,
    )
    return Moved(release_id=release.release_id, chosen=chosen, changed=changed, mirrored=mirrored)


def _is_of_model(release: Release, agreement: AgreedTerms) -> bool:
    return release.card.model_fingerprint == agreement.definition.fingerprint.model


def _entry(store: Store, release_id: str) -> ReleaseEntry:
    for entry in read_releases(store):
        if entry.release_id == release_id:
            return entry
    msg = f"a champion must be a recorded release; got {release_id!r}. See `awase release list`."
    raise LeadDataError(msg)
