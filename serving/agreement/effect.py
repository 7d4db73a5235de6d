"""What a proposed change would bring: the leads that it puts elsewhere, and hand-overs a month.

Both are found as the change will be applied: the release in use with its cut-offs by the new rules
qualifies the newest decision of every open lead anew, and so does the new rulebook.
"""

import math
from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Catalogue
from features.core.arrays import FloatArray
from features.core.qualification import Qualification
from features.definition import LeadDefinition
from features.rulebook import judge
from serving.workspace.workspace import AgreementVersion, parse_whole
from training.cutoffs.capacity import Expected, Outlook
from training.cutoffs.choose import follows_rulebook
from training.model.release import Release
from training.results.backtest_records import Range


@dataclass(frozen=True, kw_only=True)
class Flip:
    """A lead that a change puts elsewhere."""

    lead_id: str
    before: Qualification
    after: Qualification


@dataclass(frozen=True, kw_only=True)
class Flips:
    """The leads that a change puts elsewhere, the likeliest first, of all open leads."""

    leads: tuple[Flip, ...] = ()
    n_leads: int = 0

    @property
    def n_more(self) -> int:
        """Leads that would qualify for more than today."""
        return sum(one.after > one.before for one in self.leads)

    @property
    def n_less(self) -> int:
        """Leads that would qualify for less than today."""
        return len(self.leads) - self.n_more


@dataclass(frozen=True, kw_only=True)
class ChangeEffect:
    """What a change would bring, as soon as it holds.

    Attributes
    ----------
    before, after : Expected or None
        What the cut-offs bring a month; None where no release keeps what they are chosen from, or
        they follow what only a retrain reads.
    next_before, next_after : Range or None
        Hand-overs of the next whole month: who crosses, and who waits already, as far as sales'
        capacity goes. Leads that come again after a return are not foreseen.
    deciding : Flips
        By what decides: the release in use, or the rulebook where none does.
    rulebook : Flips or None
        By the rulebook, where a release decides.
    waits : bool
        Whether all of it holds only with the next retrain, whose leads nobody can name yet.
    """

    before: Expected | None
    after: Expected | None
    next_before: Range | None
    next_after: Range | None
    deciding: Flips
    rulebook: Flips | None
    waits: bool

    def while_suspended(self) -> "ChangeEffect":
        """The same change while only the rulebook decides although there is a release."""
        return ChangeEffect(
            before=None,
            after=None,
            next_before=None,
            next_after=None,
            deciding=self.rulebook or self.deciding,
            rulebook=None,
            waits=self.waits,
        )


def effect_of_text(
    text: str,
    in_force: AgreementVersion,
    release: Release,
    *,
    outlook: Outlook | None,
    decisions: pa.Table,
    waiting: FloatArray,
) -> ChangeEffect:
    """Find what a new text of the agreement would bring.

    Parameters
    ----------
    text : str
        YAML text without mistakes; of a version that waits for a retrain, what of it holds at once.
    in_force : AgreementVersion
    release : Release
        The one in use, under the agreement in force.
    outlook : Outlook or None
        Of that release and agreement; None where the release keeps no past.
    decisions : pyarrow.Table
        The newest decision of every open lead.
    waiting : ndarray of shape (n_leads,)
        Probabilities of open leads never handed over; see :func:`probabilities_waiting`.
    """
    before, after = in_force.definition, parse_whole(text, "the new text")
    waits = after.fingerprint.model != before.fingerprint.model
    after = before if waits else after
    newest = _of_boosters(decisions, release)
    by_rules = _by_rulebook(newest, release, (before, after))
    probability = newest["probability"].to_numpy()
    was = becomes = release.qualify(probability)
    # The rulebook's volume needs the tables, which only a retrain reads.
    is_known = outlook is not None and not follows_rulebook(after)
    if before.cut_offs != after.cut_offs and outlook is not None and is_known:
        becomes = outlook.cut_offs(after.cut_offs).qualify(probability)
    now = then = None
    if outlook is not None and before.dated:
        now = outlook.as_agreed()
        then = outlook.by(after.cut_offs) if is_known or before.cut_offs == after.cut_offs else None
    return ChangeEffect(
        before=now,
        after=then,
        next_before=next_month(now, before, waiting, capacity=before.hand_overs_per_month),
        next_after=next_month(then, after, waiting, capacity=after.hand_overs_per_month),
        deciding=_flips(newest, was, becomes),
        rulebook=by_rules,
        waits=waits,
    )


def probabilities_waiting(decisions: pa.Table, release: Release, fresh: Set[str]) -> FloatArray:
    """Give the probabilities of open leads that were never handed over; shape (n_leads,).

    Parameters
    ----------
    decisions : pyarrow.Table
        The newest decision of every open lead.
    release : Release
        The one in use.
    fresh : set of str
        Open leads that were never handed over.
    """
    newest = _of_boosters(decisions, release)
    waits = pc.is_in(newest["lead_id"], value_set=pa.array(sorted(fresh), pa.string()))
    return newest["probability"].filter(waits).to_numpy()


def next_month(
    expected: Expected | None,
    definition: LeadDefinition,
    waiting: FloatArray,
    *,
    capacity: int | None,
) -> Range | None:
    """Expect the hand-overs of a whole month: who waits and who crosses, as capacity goes.

    Parameters
    ----------
    expected : Expected or None
        What the cut-offs bring.
    definition : LeadDefinition
        Says how many are drawn by lot.
    waiting : ndarray of shape (n_leads,)
        Probabilities of open leads never handed over.
    capacity : int or None
        Leads that sales can work a month.
    """
    if expected is None or expected.mql is None or expected.hand_overs is None:
        return None
    n_waiting, drawn = int((waiting >= expected.mql).sum()), 0
    if capacity is not None and definition.exploration.share > 0:
        drawn = max(1, round(definition.exploration.share * capacity))
    room = math.inf if capacity is None else capacity
    crossing = expected.hand_overs
    return Range(
        expected=min(room, crossing.expected + n_waiting + drawn),
        low=min(room, crossing.low + n_waiting),
        high=min(room, crossing.high + n_waiting + drawn),
    )


def _of_boosters(decisions: pa.Table, release: Release) -> pa.Table:
    """Decisions that a release of such boosters made, the likeliest first."""
    width = 8 * len(release.fit.catalogue["features"])
    fits = pc.equal(pc.binary_length(decisions["feature_vector"]), width)
    made = pc.and_(fits, pc.is_valid(decisions["probability"]))
    return decisions.filter(made).sort_by([("probability", "descending"), ("lead_id", "ascending")])


def _by_rulebook(
    newest: pa.Table, release: Release, definitions: tuple[LeadDefinition, LeadDefinition]
) -> Flips:
    before, after = definitions
    if before.rulebook == after.rulebook:
        return Flips(n_leads=len(newest))
    rows = _Rows(
        matrix=np.array(
            [np.frombuffer(row, dtype="<f8") for row in newest["feature_vector"].to_pylist()]
        ).reshape(len(newest), -1),
        catalogue=Catalogue.from_dict(release.fit.catalogue, after),
    )
    was, becomes = (judge(rows, one.rulebook).qualification for one in definitions)
    return _flips(newest, was, becomes)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    """Feature vectors as decisions keep them."""

    matrix: FloatArray
    catalogue: Catalogue


def _flips(newest: pa.Table, before: npt.NDArray[np.int8], after: npt.NDArray[np.int8]) -> Flips:
    ids = newest["lead_id"]
    return Flips(
        leads=tuple(
            Flip(
                lead_id=ids[row].as_py(),
                before=Qualification(int(before[row])),
                after=Qualification(int(after[row])),
            )
            for row in np.flatnonzero(before != after).tolist()
        ),
        n_leads=len(newest),
    )
