"""The gate between a release and the leads: what must be shown before it becomes champion.

Refusing is a result. Each check answers with a sentence whether it passes or not, so that a report
of a promotion says as much as one of a refusal. A check that has nothing to ask (there is no
champion yet, or it answers another question) does not stand in the way; one that should have been
asked and could not be is not passed, unless the definition names it under ``gate.may_go_unasked``:
a test in which nobody converted says nothing against a release, and nothing for it.

Why "calibrated within noise" has a tolerance: with enough snapshots any slope differs from 1. A
release fails only when its whole interval lies where a salesperson would notice, that is, where
probabilities are off by more than a quarter.

Why an inconclusive comparison with the champion passes: on a few hundred snapshots no challenger
could ever be shown to be non-inferior, and the champion would stay for ever while its data age.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from features.core.clock import from_second
from features.core.errors import Refusal
from features.core.formats import NUMBER_DECIMALS, agreed_share, change, count, number, signed
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.terms import Gate, GateQuestion
from features.store import Store
from features.store.releases import read_champion, read_releases
from training.promotion.claims import (
    beside_base_rate,
    beside_champion,
    beside_ideal,
    worst_of,
)
from training.results.comparison_records import Comparison
from training.results.records import (
    AuditFinding,
    ChampionComparison,
    GateCheck,
    GateVerdict,
    Metrics,
)

SLOPE_TOLERANCE = (0.8, 1.25)
"""Calibration slopes nobody could act on differently."""

SHIFT_TOLERANCE = math.log(1.25)
"""Natural log-odds by which all probabilities may be off: about a quarter of a small one."""


@dataclass(frozen=True, kw_only=True)
class Cutoffs:
    """Data cut-offs of a release and of the champion, to be told apart by day where possible."""

    release: datetime
    champion: datetime

    @classmethod
    def of(cls, store: Store, cutoff: int, definition: LeadDefinition) -> "Cutoffs | None":
        """What the ledger says of the champion beside a release's cut-off.

        Parameters
        ----------
        store : Store
            Whose champion it is.
        cutoff : int
            The release's data cut-off, in seconds.
        definition : LeadDefinition
            Whose time zone the days are in.
        """
        champion = read_champion(store)
        if champion is None or not definition.dated:
            return None
        of_champion = next(
            (e.data_cutoff for e in read_releases(store) if e.release_id == champion.release_id),
            None,
        )
        if of_champion is None:
            return None
        return cls(
            release=from_second(cutoff).astimezone(definition.zone),
            champion=of_champion.astimezone(definition.zone),
        )

    def read(self) -> tuple[str, str]:
        """Both in words: days, or minutes where the day is the same."""
        same_day = self.release.date() == self.champion.date()
        pattern = "%Y-%m-%d %H:%M" if same_day else "%Y-%m-%d"
        return f"{self.release:{pattern}}", f"{self.champion:{pattern}}"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the gate looks at.

    Attributes
    ----------
    comparison : Comparison or None
        With the rulebook; None where there is none.
    n_converted_leads : int
        Leads whose outcome the shipped fit could learn from.
    n_tested_leads : int
        Leads of the test that reached the outcome.
    champion : ChampionComparison or None
        None while there is no champion, or where the two cannot be compared; ``why_alone`` tells.
    must_compare : bool
        Whether there is a champion of the same question, so that no comparison is a gap.
    volume_accepted : bool
        Whether a person has said that a jump in volume is wanted.
    cutoffs : Cutoffs or None
        Up to when the release and the champion know the data; None without champion or dates.
    older_accepted : bool
        Whether a person has said that a release may know less than the champion.
    """

    metrics: Metrics
    n_converted_leads: int
    n_tested_leads: int
    comparison: Comparison | None = None
    audit: tuple[AuditFinding, ...] = ()
    champion: ChampionComparison | None = None
    why_alone: Text | None = None
    must_compare: bool = False
    volume_accepted: bool = False
    cutoffs: Cutoffs | None = None
    older_accepted: bool = False


def judge_release(evidence: Evidence, gate: Gate) -> GateVerdict:
    """Every check of the gate with its sentence; promoted only when none fails."""
    return GateVerdict(
        checks=(
            *judge_fit(evidence, gate).checks,
            _not_worse_than_champion(evidence, gate),
            _comparison_reported(evidence.comparison),
            _steady_volume(evidence, gate),
            _knows_as_much(evidence),
        )
    )


def judge_fit(evidence: Evidence, gate: Gate) -> GateVerdict:
    """The checks that ask neither a champion nor a rulebook."""
    checks = (
        _enough_outcomes(evidence.n_converted_leads, gate.min_outcomes),
        _enough_tested(evidence.n_tested_leads, gate.min_test_outcomes),
        _beats_base_rate(evidence.metrics),
        _calibrated(evidence.metrics, gate),
        _clean_audit(evidence.audit),
    )
    return GateVerdict(checks=checks)


class GateRefusal(Refusal):
    """The gate kept a release from becoming champion.

    Attributes
    ----------
    can_begin : bool
        Whether the refusal says how to begin with that release in spite of it.
    """

    def __init__(self, message: str, *, can_begin: bool) -> None:
        super().__init__(message)
        self.can_begin = can_begin


def raise_unless_passed(verdict: GateVerdict, next_step: str = "") -> None:
    """Turn a verdict that did not pass into a refusal, with what to do next where that is known.

    Raises
    ------
    GateRefusal
        With the sentence of every check that failed.
    """
    if not verdict.passed:
        reasons = " ".join(reason.en for reason in verdict.reasons)
        msg = (
            f"a release must pass every check of the gate; got {len(verdict.reasons)} of "
            f"{len(verdict.checks)} failed. {reasons} "
            f"{next_step or 'The champion stays as it was.'}"
        )
        raise GateRefusal(msg, can_begin=bool(next_step))


def _enough_outcomes(found: int, needed: int) -> GateCheck:
    return GateCheck(
        name="enough_outcomes",
        passed=found >= needed,
        sentence=Text(
            ja=f"成果に至ったリードが{found:,}件あり、必要数は{needed:,}件です。",
            en=f"{found:,} leads reached the outcome; {needed:,} are needed.",
        ),
    )


def _enough_tested(found: int, needed: int) -> GateCheck:
    return GateCheck(
        name="enough_tested",
        passed=found >= needed,
        sentence=Text(
            ja=f"検証期間で成果に至ったリードが{found:,}件あり、必要数は{needed:,}件です。",
            en=f"{found:,} leads of the test reached the outcome; {needed:,} are needed.",
        ),
    )


def _unasked(name: GateQuestion, why: Text, gate: Gate) -> GateCheck:
    """A check that should have been made and could not be: not passed unless it may go unasked."""
    if name in gate.may_go_unasked:
        words = Text(
            ja=f"{why.ja}定義により、この検査なしで採用できます。",
            en=f"{why.en} By the definition a release may pass without this check.",
        )
        return GateCheck(name=name, passed=None, sentence=words)
    words = Text(
        ja=f"{why.ja}確かめられない検査は合格とみなしません。",
        en=f"{why.en} A check that could not be made is not passed.",
    )
    return GateCheck(name=name, passed=False, sentence=words)


def _beats_base_rate(metrics: Metrics) -> GateCheck:
    gain = metrics.log_loss_gain
    claim = beside_base_rate(gain)
    loss, base = number(metrics.log_loss.value), number(metrics.base_rate_log_loss)
    shown = signed(gain, NUMBER_DECIMALS)
    words = Text(
        ja=f"{claim.words.ja}: 対数損失 {loss.ja}、基準率 {base.ja}、改善 {shown.ja}。",
        en=f"{claim.words.en}: log loss {loss.en} against {base.en}, gain {shown.en}.",
    )
    return GateCheck(name="beats_base_rate", passed=claim.passes, sentence=words)


def _calibrated(metrics: Metrics, gate: Gate) -> GateCheck:
    slope, shift = metrics.calibration_slope, metrics.calibration_intercept
    if slope is None or shift is None:
        why = _ONE_KIND if metrics.n_converted in (0, metrics.n_snapshots) else _ALL_ALIKE
        return _unasked("calibrated", why, gate)
    claim = worst_of(
        beside_ideal(slope, ideal=1.0, tolerance=SLOPE_TOLERANCE),
        beside_ideal(shift, ideal=0.0, tolerance=(-SHIFT_TOLERANCE, SHIFT_TOLERANCE)),
    )
    said, (least, most) = claim.words, SLOPE_TOLERANCE
    steep, moved = number(slope), signed(shift)
    words = Text(
        ja=f"{said.ja}: 傾き {steep.ja}、許容 {least:g}〜{most:g}、"
        f"対数オッズのずれ {moved.ja}、許容 ±{SHIFT_TOLERANCE:.2f}。",
        en=f"{said.en}: slope {steep.en}, tolerance {least:g} to {most:g}; shift {moved.en} in "
        f"log-odds, tolerance ±{SHIFT_TOLERANCE:.2f}.",
    )
    return GateCheck(name="calibrated", passed=claim.passes, sentence=words)


def _not_worse_than_champion(evidence: Evidence, gate: Gate) -> GateCheck:
    found, margin = evidence.champion, gate.non_inferiority_margin
    if found is None:
        words = evidence.why_alone or Text(
            ja="現在のチャンピオンはありません。", en="There is no champion yet."
        )
        if evidence.must_compare:
            return _unasked("not_worse_than_champion", words, gate)
        return GateCheck(name="not_worse_than_champion", passed=None, sentence=words)
    claim = beside_champion(found.difference, margin)
    said = claim.words
    difference = signed(found.difference, NUMBER_DECIMALS)
    words = Text(
        ja=f"{said.ja}: 対数損失の差 {difference.ja}、許容 {margin:g}、"
        f"どちらも未見の{found.n_snapshots:,}件。",
        en=f"{said.en}: log loss {difference.en}, margin {margin:g}, "
        f"{found.n_snapshots:,} snapshots neither had seen.",
    )
    return GateCheck(name="not_worse_than_champion", passed=claim.passes, sentence=words)


def _clean_audit(audit: tuple[AuditFinding, ...]) -> GateCheck:
    blocking = [finding.column for finding in audit if finding.blocks]
    if not audit:
        words = Text(ja="漏れの検査で問題はありません。", en="The leakage audit is clean.")
    elif not blocking:
        words = Text(
            ja=f"漏れの検査で採用を妨げる問題はありません(疑いか承認済みが{len(audit)}件)。",
            en=f"The leakage audit found nothing that blocks ({len(audit)} suspect or "
            "acknowledged).",
        )
    else:
        shown = ", ".join(blocking[:3])
        words = Text(
            ja=f"漏れの検査で{len(blocking)}件の問題があります({shown})。",
            en=f"The leakage audit found {len(blocking)} columns that know too much ({shown}).",
        )
    return GateCheck(name="clean_audit", passed=not blocking, sentence=words)


def _comparison_reported(comparison: Comparison | None) -> GateCheck:
    if comparison is None:
        return GateCheck(name="comparison_reported", passed=None, sentence=_NO_RULES)
    passed = comparison.n_leads > 0 and bool(comparison.pairs)
    words = Text(
        ja=f"ルールブックとの比較は{comparison.n_leads:,}件のリードで報告されています。",
        en=f"The comparison with the rulebook covers {comparison.n_leads:,} leads.",
    )
    if not passed:
        words = Text(
            ja=f"ルールブックとの比較がありません(リード{comparison.n_leads:,}件)。",
            en=f"There is no comparison with the rulebook ({comparison.n_leads:,} leads).",
        )
    return GateCheck(name="comparison_reported", passed=passed, sentence=words)


def _steady_volume(evidence: Evidence, gate: Gate) -> GateCheck:
    found, most = evidence.champion, gate.max_volume_jump
    if found is None or not found.per_month_champion or found.per_month_challenger is None:
        words = Text(
            ja="引き渡し件数を比べる相手がありません。",
            en="There is no champion's volume to compare with.",
        )
        if evidence.volume_accepted or (found is None and not evidence.must_compare):
            return GateCheck(name="steady_volume", passed=None, sentence=words)
        return _unasked("steady_volume", words, gate)
    jump = found.per_month_challenger / found.per_month_champion - 1
    steady = abs(jump) <= most
    before, after = count(found.per_month_champion), count(found.per_month_challenger)
    figures = (
        f"{before.en} to {after.en} a month ({change(jump).en}, at most {agreed_share(most).en})"
    )
    figures_ja = f"月{before.ja}件から{after.ja}件({change(jump).ja}、上限{agreed_share(most).ja})"
    if steady:
        words = Text(
            ja=f"引き渡し件数は安定しています({figures_ja})。",
            en=f"Hand-over volume stays steady ({figures}).",
        )
    elif evidence.volume_accepted:
        words = Text(
            ja=f"引き渡し件数の急変は承認済みです({figures_ja})。",
            en=f"Hand-over volume jumps, and a person accepted it ({figures}).",
        )
    else:
        words = Text(
            ja=f"引き渡し件数が急変します({figures_ja})。承認が必要です。",
            en=f"Hand-over volume would jump ({figures}); a person must accept it.",
        )
    passed = steady or evidence.volume_accepted
    return GateCheck(name="steady_volume", passed=passed, sentence=words)


def _knows_as_much(evidence: Evidence) -> GateCheck:
    name, cutoffs = "knows_as_much_as_champion", evidence.cutoffs
    if cutoffs is None:
        words = Text(
            ja="より新しいデータを知るチャンピオンはありません。",
            en="There is no champion that could know newer data.",
        )
        return GateCheck(name=name, passed=None, sentence=words)
    ours, theirs = cutoffs.read()
    if cutoffs.release >= cutoffs.champion:
        words = Text(
            ja=f"{ours}までのデータを知っています(チャンピオンは{theirs}まで)。",
            en=f"It knows the data up to {ours}, the champion up to {theirs}.",
        )
    elif evidence.older_accepted:
        words = Text(
            ja=f"{ours}までしか知りませんが(チャンピオンは{theirs}まで)、承認済みです。",
            en=f"It knows the data up to {ours} only, the champion up to {theirs}, and a person "
            "accepted it.",
        )
    else:
        words = Text(
            ja=f"{ours}までしか知りません(チャンピオンは{theirs}まで)。承認が必要です。",
            en=f"It knows the data up to {ours} only, the champion up to {theirs}; a person must "
            "accept that.",
        )
    passed = cutoffs.release >= cutoffs.champion or evidence.older_accepted
    return GateCheck(name=name, passed=passed, sentence=words)


_ONE_KIND = Text(
    ja="成果が一方しかなく、較正を確かめられません。",
    en="Calibration could not be checked: only one kind of outcome came.",
)
_ALL_ALIKE = Text(
    ja="全員の確率が同じで、較正を確かめられません。",
    en="Calibration could not be checked: all got one probability.",
)
_NO_RULES = Text(ja="比べるルールがまだありません。", en="There are no rules yet to compare with.")
