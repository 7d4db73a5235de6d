"""What there is to decide: the capacity slider, the learned rulebook, what to add or drop.

One record, which the proposals page shows by itself and the monthly review as its last part.
"""

from dataclasses import dataclass

from features.core.arrays import FloatArray
from features.core.text import Text
from features.definition.rulebook import Rule
from features.definition.terms import CapacityCutOff
from serving.agreement.choice import drop_field
from serving.agreement.effect import next_month
from serving.agreement.learned_rows import LearnedRow, learned_rows, worth_of
from serving.ledger.agreements import AgreedVersion, AgreedVersions
from serving.workspace.workspace import AgreementVersion, agreed_text
from training.cutoffs.capacity import Expected, Outlook
from training.results.backtest_records import Range
from training.results.proposal_records import PartEvidence, Proposals
from training.results.recovery_records import VOLUME_WORDS, Recovery

STEPS = 40
"""Places of the slider, at least: more than anybody can tell apart."""

FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Of today's capacity: what to choose from where no script runs."""

LEAST_RECOVERED = 2
"""Rows of the recovery table are shown for volumes of at least so many leads."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The slider: its ends and step, today's value, what was asked for and what it would bring.

    ``next`` and ``next_today`` are the hand-overs of the next whole month, within the capacity.
    """

    lowest: int
    highest: int
    step: int
    today: int
    choices: tuple[int, ...]
    expected: Expected
    expected_today: Expected
    next: Range | None
    next_today: Range | None


@dataclass(frozen=True, kw_only=True)
class RulebookProposal:
    """The learned rulebook beside the newest version's, with its test.

    Attributes
    ----------
    rows : tuple of LearnedRow
        Where they differ, each to be taken by itself.
    worth : Text or None
        What it is worth, in one sentence.
    """

    rows: tuple[LearnedRow, ...]
    worth: Text | None
    recoveries: tuple[tuple[Text, Recovery], ...]
    forecast: bool


@dataclass(frozen=True, kw_only=True)
class PartProposal:
    """A behaviour or an attribute with the evidence about it, in words."""

    evidence: PartEvidence
    label: Text

    @property
    def field(self) -> str:
        """The field of a form that drops it."""
        return drop_field((f"{self.evidence.kind}s", self.evidence.name))


@dataclass(frozen=True, kw_only=True)
class ProposalsSection:
    """Everything there is to decide about the next version.

    Attributes
    ----------
    newest : AgreedVersion
        What a decision changes.
    waiting : AgreedVersion or None
        The newest version, if it waits for a retrain; decisions then wait with it.
    capacity : Capacity or None
        None where there is no champion that keeps its past, or the data have no dates.
    rulebook : RulebookProposal or None
        None where no retrain found one; ``why_no_rulebook`` may say why.
    to_change, kept : tuple of PartProposal
        Parts to drop, add or mend; and all others.
    rules : tuple of Rule
        Today's rules, whose points may be decided one by one.
    """

    newest: AgreedVersion
    waiting: AgreedVersion | None
    capacity: Capacity | None
    rulebook: RulebookProposal | None
    why_no_rulebook: Text | None
    to_change: tuple[PartProposal, ...]
    kept: tuple[PartProposal, ...]
    rules: tuple[Rule, ...]
    mql_points: int | None
    sql_points: int | None


def make_section(
    agreed: AgreedVersions,
    in_force: AgreementVersion,
    *,
    outlook: Outlook | None,
    waiting: FloatArray,
    found: Proposals | None,
    per_month: int | None,
) -> ProposalsSection:
    """Collect what there is to decide about the next version.

    Parameters
    ----------
    agreed : AgreedVersions
        Every version so far, the newest first.
    in_force : AgreementVersion
        The version by which leads are qualified.
    outlook : Outlook or None
        Expected volumes by monthly capacity, by the champion and the newest version's rules.
    waiting : ndarray of shape (n_leads,)
        Probabilities of open leads never handed over.
    found : Proposals or None
        What the champion's retrain proposes.
    per_month : int or None
        Capacity asked for: leads that may cross the MQL cut-off in a month; None for today's.
    """
    newest = agreed_text(agreed.versions[0])
    definition = newest.definition
    rulebook = definition.rulebook
    parts = () if found is None else tuple(_part(evidence, newest) for evidence in found.parts)
    waits = newest.version.model_fingerprint != in_force.version.model_fingerprint
    return ProposalsSection(
        newest=newest.version,
        waiting=newest.version if waits else None,
        capacity=None
        if outlook is None
        else capacity_of(outlook, newest, per_month=per_month, waiting=waiting),
        rulebook=_rulebook(found, newest),
        why_no_rulebook=None if found is None else found.why_no_rulebook,
        to_change=tuple(part for part in parts if part.evidence.advice != "keep"),
        kept=tuple(part for part in parts if part.evidence.advice == "keep"),
        rules=rulebook.rules,
        mql_points=None if rulebook.mql is None else rulebook.mql.points,
        sql_points=None if rulebook.sql is None else rulebook.sql.points,
    )


def capacity_of(
    outlook: Outlook, newest: AgreementVersion, *, per_month: int | None, waiting: FloatArray
) -> Capacity | None:
    """Describe the capacity slider and what the asked capacity would bring.

    None where the data set has no dates or no capacity was agreed.

    Parameters
    ----------
    outlook : Outlook
        Expected volumes for any monthly capacity.
    newest : AgreementVersion
        The newest version, which holds today's capacity.
    per_month : int or None
        Capacity asked for: leads that may cross the MQL cut-off in a month; None for today's.
    waiting : ndarray of shape (n_leads,)
        Probabilities of open leads never handed over.
    """
    today = today_per_month(newest)
    if not newest.definition.dated or today is None:
        return None
    highest = 2 * today
    step = max(1, highest // STEPS)
    asked = today if per_month is None else max(1, per_month)
    expected, expected_today = outlook.at(asked), outlook.at(today)
    return Capacity(
        lowest=step,
        highest=max(highest, asked),
        step=step,
        today=today,
        choices=tuple(sorted({max(1, round(factor * today)) for factor in FACTORS} | {asked})),
        expected=expected,
        expected_today=expected_today,
        next=next_month(expected, newest.definition, waiting, capacity=asked),
        next_today=next_month(expected_today, newest.definition, waiting, capacity=today),
    )


def today_per_month(newest: AgreementVersion) -> int | None:
    """Leads that may cross the MQL cut-off in a month, or that sales can work; None if unsaid."""
    definition = newest.definition
    if isinstance(definition.cut_offs.mql, CapacityCutOff):
        return definition.cut_offs.mql.per_month
    return definition.hand_overs_per_month


def _rulebook(found: Proposals | None, newest: AgreementVersion) -> RulebookProposal | None:
    if found is None or found.rulebook is None:
        return None
    recoveries = tuple(
        recovery
        for recovery in found.rulebook.recoveries
        if recovery.n_handed_over >= LEAST_RECOVERED
    )
    return RulebookProposal(
        rows=learned_rows(newest.definition, found.rulebook.rulebook),
        worth=worth_of(recoveries[0]) if recoveries else None,
        recoveries=tuple((VOLUME_WORDS[one.volume], one) for one in recoveries),
        forecast=found.rulebook.forecast,
    )


def _part(evidence: PartEvidence, newest: AgreementVersion) -> PartProposal:
    definition = newest.definition
    labels = {b.name: b.label for b in definition.behaviours}
    labels |= {a.name: a.label for a in definition.attributes}
    unnamed = Text(ja=evidence.name, en=evidence.name)
    return PartProposal(evidence=evidence, label=labels.get(evidence.name, unnamed))
