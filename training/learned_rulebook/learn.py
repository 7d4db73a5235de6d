"""Learn a rulebook from matured snapshots: choose rules, fit points, round them, set thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from features.core.clock import DAY
from features.core.errors import Refusal
from features.core.memory import give_back
from features.core.progress import Share, ignore_share
from features.definition import LeadDefinition
from features.definition.diff import Change, diff_definitions
from features.definition.rulebook import Rule, Rulebook
from features.rulebook import judge
from features.snapshot_rows import SnapshotRows, computed
from training.comparison.replay import ReplayCohort
from training.learned_rulebook.candidates import Candidate
from training.learned_rulebook.constraints import Constraints
from training.learned_rulebook.patterns import Patterns, Sample, TimesArray, fit_weights
from training.learned_rulebook.pool import make_pool, times_of
from training.learned_rulebook.selection import select_rules
from training.learned_rulebook.thresholds import Thresholds, Volumes, choose_thresholds, volumes_of
from training.learned_rulebook.whole_points import WholePoints, round_points

SCALE_TOLERANCE = 10.0
"""Log-likelihood a scale may cost for thresholds in round numbers that meet today's volumes."""

DAYS_IN_MONTH = 365.2425 / 12


@dataclass(frozen=True, kw_only=True)
class CandidateSnapshots:
    """Snapshots, sorted by lead, then time, and the same ones as a cohort."""

    snapshot: SnapshotRows
    cohort: ReplayCohort


@dataclass(frozen=True, kw_only=True)
class LearnedProposal:
    """A learned rulebook in place of today's.

    Attributes
    ----------
    definition : LeadDefinition
        Today's, with the learned rulebook.
    changes : tuple of Change
        From today's to the proposed one.
    n_candidates : int
        Rules that were tried.
    """

    definition: LeadDefinition
    changes: tuple[Change, ...]
    n_candidates: int


# Its fits solve some ten equations hundreds of times over. Between threads that wait for each other
# that took twenty times as long.
@threadpool_limits.wrap(limits=1, user_api="blas")
def learn_rulebook(
    learned_from: CandidateSnapshots,
    *,
    definition: LeadDefinition,
    constraints: Constraints,
    everybody: CandidateSnapshots | None = None,
    seed: int = 0,
    told: Share = ignore_share,
) -> LearnedProposal:
    """Learn a rulebook that hands over as many leads as today's, but no more than sales can work.

    Checklists, limits and the matrix of today's rulebook are not kept: what they ask competes with
    everything else for its points.

    Parameters
    ----------
    learned_from : CandidateSnapshots
        Matured ones, with their outcomes.
    definition : LeadDefinition
        With today's rulebook.
    constraints : Constraints
        Limits within which points are learned.
    everybody : CandidateSnapshots, optional
        Where only hand-overs have an outcome: all snapshots, on which volumes are counted.
    seed : int
        Of the draw of rows that rules are chosen on.
    told : callable
        Told what share of choosing the rules is done.

    Raises
    ------
    Refusal
        If no rule tells leads apart better than chance.
    DefinitionError
        If the constraints name something the definition has not.
    """
    candidates, pool = make_pool(
        learned_from.snapshot,
        learned_from.cohort,
        definition=definition,
        constraints=constraints,
        seed=seed,
    )
    chosen = select_rules(pool, constraints.most_rules, told)
    if not chosen.positions:
        msg = (
            "a learned rulebook needs rules that tell leads apart; got none better than chance "
            f"of {len(candidates)} tried. Keep today's rulebook."
        )
        raise Refusal(msg)
    give_back()  # what choosing took, before all snapshots are gone through
    pointing = _Pointing(
        learned_from=learned_from,
        everybody=everybody or learned_from,
        definition=definition,
        constraints=constraints,
    )
    rulebook = pointing.rulebook([candidates[position] for position in chosen.positions])
    proposed = definition.model_copy(update={"rulebook": rulebook})
    return LearnedProposal(
        definition=proposed,
        changes=diff_definitions(definition, proposed),
        n_candidates=len(candidates),
    )


@dataclass(frozen=True, kw_only=True)
class _Pointing:
    """Gives chosen rules their points, and the rulebook its thresholds, on all snapshots."""

    learned_from: CandidateSnapshots
    everybody: CandidateSnapshots
    definition: LeadDefinition
    constraints: Constraints

    def rulebook(self, chosen: list[Candidate]) -> Rulebook:
        cohort = self.learned_from.cohort
        times = _times_over(self.learned_from.snapshot, chosen)
        weight = np.ones(len(cohort.converted)) if cohort.weight is None else cohort.weight
        sample = Sample(converted=cohort.converted.astype(np.float64), weight=weight)
        patterns = Patterns.of(times, sample)
        signs = np.array([candidate.sign for candidate in chosen], dtype=np.int64)
        per_rule = fit_weights(patterns, signs).per_rule
        rounded = round_points(patterns, per_rule, most_points=self.constraints.most_points)
        if self.everybody is not self.learned_from:
            times = _times_over(self.everybody.snapshot, chosen)
        points, thresholds = self._best(rounded, times)
        rules = _named_rules(chosen, points.per_rule.tolist(), self.definition)
        return Rulebook.model_validate({"rules": rules, **thresholds.as_rules()})

    def _best(
        self, rounded: Sequence[WholePoints], times: TimesArray
    ) -> tuple[WholePoints, Thresholds]:
        """Of the scales that fit about equally well, the one whose thresholds meet the volumes."""
        rulebook = self.definition.rulebook
        today = computed(self.everybody.snapshot, lambda some: judge(some, rulebook).qualification)
        recent = self._recent()
        cohort = _part_of(self.everybody.cohort, recent)
        volumes = volumes_of(cohort, today[recent])
        capacity = capacity_in(self.definition, cohort)
        if not self.definition.rulebook.says_anything:
            # No rules yet, so no volume of theirs to meet: that of what sales can work.
            volumes = Volumes(mql=capacity, sql=None)
        at_most = np.inf if capacity is None else capacity
        choices = []
        times = times[:, recent]
        for points in rounded:
            if points.log_likelihood >= rounded[0].log_likelihood - SCALE_TOLERANCE:
                # Not by `@`, which would hold the times as 64 bits each.
                total = np.einsum("r,rs->s", points.per_rule, times).astype(np.float64)
                thresholds = choose_thresholds(
                    cohort.highest(total),
                    volumes,
                    step=self.constraints.threshold_step,
                    at_most=at_most,
                )
                choices.append((points, thresholds))
        return min(choices, key=lambda choice: choice[1].missed)

    def _recent(self) -> npt.NDArray[np.bool_]:
        """Snapshots of a period as long as the test's.

        Volumes count first crossings; a rulebook that forgets crosses less often in a short period
        than in a long one, where the same leads come back.
        """
        cohort = self.everybody.cohort
        if not cohort.dated:
            return np.ones(len(cohort.as_of), dtype=np.bool_)
        seconds = round(self.definition.test.months * DAYS_IN_MONTH * DAY)
        return cohort.as_of > cohort.as_of.max() - seconds


def _times_over(snapshot: SnapshotRows, chosen: list[Candidate]) -> TimesArray:
    """How many times each chosen rule counts; of a million snapshots as of ten."""
    return computed(snapshot, lambda some: times_of(chosen, some).T).T


def capacity_in(definition: LeadDefinition, cohort: ReplayCohort) -> int | None:
    """Leads sales can work in a cohort's period; None where none is agreed or it has no dates."""
    per_month = definition.hand_overs_per_month
    if per_month is None or not cohort.dated:
        return None
    return round(per_month * cohort.days / DAYS_IN_MONTH)


def _part_of(cohort: ReplayCohort, rows: npt.NDArray[np.bool_]) -> ReplayCohort:
    return ReplayCohort(
        lead=cohort.lead[rows],
        as_of=cohort.as_of[rows],
        converted=cohort.converted[rows],
        group=cohort.group[rows],
    )


def _named_rules(
    chosen: list[Candidate], points: list[int], definition: LeadDefinition
) -> tuple[Rule, ...]:
    """Rules with their points, the weightiest first.

    A rule about what one of today's rules was about takes its name, if both speak for a lead, or
    both against: people see that it changed, not that one went and another came.
    """
    kept = {candidate.rule.name for candidate in chosen if candidate.is_todays}
    free = [rule for rule in definition.rulebook.rules if rule.name not in kept]
    rules = []
    for candidate, given in sorted(zip(chosen, points, strict=True), key=lambda pair: -pair[1]):
        rule = candidate.rule
        at_most = abs(given) * candidate.most_times if rule.per == "each" else None
        rule = rule.model_copy(update={"points": given, "at_most_points": at_most})
        former = next((other for other in free if _is_like(rule, other)), None)
        if former is not None and not candidate.is_todays:
            free.remove(former)
            rule = rule.model_copy(update={"name": former.name})
        rules.append(rule)
    return tuple(rule for rule in rules if rule.points)


def _is_like(rule: Rule, other: Rule) -> bool:
    """Whether a rule may be taken for another that was changed."""
    if rule.subject is None or rule.subject != other.subject or rule.points * other.points <= 0:
        return False
    # A rule about another channel is another rule.
    asked = [getattr(part.when, "is_one_of", None) for part in (rule, other)]
    return asked[0] == asked[1]
