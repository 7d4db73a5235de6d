"""What was learned, at the level of what came since: the last step of every fit.

Boosters learn from what has matured, which is a horizon old and mostly far older. Should the world
have changed meanwhile, the outcomes that came early tell of it before any has matured (see
:mod:`training.level_evidence`). The tested fit goes through the same step, with what was known when
its test began, so that the figures of the report are those of the whole procedure.

Measured (``python -m tests.benchmarks level``; docs/calibration.md): none of 24 companies was moved
where nothing changed, all of 24 a month after a change, whose next leads were then promised .97
instead of .60 of what came.
"""

from dataclasses import dataclass, replace

from training.cutoffs import choose_cut_offs, describe_again
from training.gathered import Gathered
from training.intercept import check_intercept
from training.judged import Judged
from training.learned import Learned, judge_past
from training.level_evidence import can_be_followed, evidence_of
from training.move_level import move_cut_offs, move_fit, move_judged
from training.ranges import out_of_range_at
from training.records import CutOffs, InterceptTest
from training.silence import silence_of_outcomes
from training.split import Part


@dataclass(frozen=True, kw_only=True)
class AtLevel:
    """A fit with the past its cut-offs were chosen from.

    Attributes
    ----------
    learned : Learned
        Its held-out probabilities are those from before the level moved.
    past : Judged
        See :func:`training.learned.judge_past`; at the level of the fit.
    level : InterceptTest or None
        Of the fit as it was learned; None where outcomes cannot be followed.
    """

    learned: Learned
    past: Judged
    cut_offs: CutOffs
    level: InterceptTest | None


def at_level(
    learned: Learned, gathered: Gathered, part: Part, *, until: int, known_at: int
) -> AtLevel:
    """Choose cut-offs, and move fit and cut-offs to the level of the newest outcomes if it is off.

    Parameters
    ----------
    part : Part
        What ``learned`` learned from.
    until : int
        Snapshots from after this second do not count.
    known_at : int
        Nor do outcomes recorded after this one.
    """
    definition = gathered.definition
    past = judge_past(learned, gathered, part, until=until)
    cut_offs = choose_cut_offs(past, definition)
    if not can_be_followed(definition):
        return AtLevel(learned=learned, past=past, cut_offs=cut_offs, level=None)
    evidence = evidence_of(
        past,
        gathered,
        known_at=known_at,
        learned_until=int(gathered.moments.as_of[part.rows].max()),
    )
    level = check_intercept(evidence)
    if level.moved and _misled(learned, gathered, known_at=known_at):
        level = replace(level, moved=False)
    if level.moved and level.shift is not None:
        past = move_judged(past, level.shift)
        cut_offs = describe_again(move_cut_offs(cut_offs, level.shift), past, definition)
        learned = replace(learned, fit=move_fit(learned.fit, level.shift))
    return AtLevel(learned=learned, past=past, cut_offs=cut_offs, level=level)


def _misled(learned: Learned, gathered: Gathered, *, known_at: int) -> bool:
    """Whether it is inputs or a connection that broke: no level mends that, and each hides it."""
    beyond = out_of_range_at(
        known_at, gathered.history, definition=gathered.definition, fit=learned.fit
    )
    return bool(beyond) or silence_of_outcomes(gathered, known_at=known_at).is_broken
