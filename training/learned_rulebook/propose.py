"""A proposal with its test: learned from what had matured before, judged later in time.

It learns from exactly what the release's tested fit learned from, and is tested on the snapshots
that neither had seen. So the model, today's rulebook and the proposal stand side by side.
"""

from dataclasses import dataclass

from features.catalogue import Catalogue
from features.clock import DAY
from features.rulebook import judge
from features.snapshot import Snapshot, take_snapshot
from training.compare import Judgements, compare
from training.comparison_records import Comparison
from training.gathered import Gathered
from training.learned_rulebook.constraints import Constraints
from training.learned_rulebook.learn import DAYS_IN_MONTH, Proposal, learn_rulebook
from training.learned_rulebook.recovery import Recovery, ThreePolicies, recoveries
from training.release import Fit
from training.replay import Cohort
from training.rulebook_trial import cohort_of
from training.split import Part


@dataclass(frozen=True, kw_only=True)
class TestedProposal:
    """A proposed rulebook and what it would have done in the test period.

    Attributes
    ----------
    proposal : Proposal
    comparison : Comparison
        Proposal against today's rulebook; in the place of the model stands the proposal.
    recoveries : tuple of Recovery
        Share of the model's advantage recovered: at the volume sales can work, and at those of
        today's MQL and SQL candidates.
    forecast : bool
        False where the data set has no dates: then the test is not later in time.
    """

    __test__ = False  # pytest would take the name for a test case

    proposal: Proposal
    comparison: Comparison
    recoveries: tuple[Recovery, ...]
    forecast: bool


def propose_rulebook(gathered: Gathered, tested: Fit, constraints: Constraints) -> TestedProposal:
    """Learn a rulebook and test it beside today's and the model.

    Parameters
    ----------
    gathered : Gathered
        With the data cut-off and the seed of the release, so that the split is the same.
    tested : Fit
        The release's tested fit.
    constraints : Constraints

    Raises
    ------
    Refusal
        If no rule tells leads apart better than chance.
    DefinitionError
        If the constraints name something the definition has not.
    """
    definition, split = gathered.definition, gathered.split
    proposal = learn_rulebook(
        _look_back(gathered, tested, split.train),
        cohort_of(gathered, split.train),
        definition=definition,
        constraints=constraints,
        seed=gathered.seed,
    )
    snapshot, cohort = _look_back(gathered, tested, split.test), cohort_of(gathered, split.test)
    today = judge(snapshot, definition.rulebook)
    proposed = judge(snapshot, proposal.definition.rulebook)
    policies = ThreePolicies(
        today=today.qualification,
        today_points=today.points,
        points=proposed.points,
        margin=tested.margin(snapshot.matrix),
    )
    return TestedProposal(
        proposal=proposal,
        comparison=compare(
            cohort,
            Judgements(
                margin=proposed.points, model=proposed.qualification, rulebook=today.qualification
            ),
            seed=gathered.seed,
        ),
        recoveries=recoveries(
            cohort, policies, capacity=_capacity(gathered, cohort), seed=gathered.seed
        ),
        forecast=split.forecast,
    )


def _capacity(gathered: Gathered, cohort: Cohort) -> int | None:
    """Leads sales can work in the test period; None where that is not agreed or has no dates."""
    sales = gathered.definition.sales
    if sales is None or not cohort.dated:
        return None
    days = float(cohort.as_of.max() - cohort.as_of.min()) / DAY
    return round(sales.capacity_per_month * days / DAYS_IN_MONTH)


def _look_back(gathered: Gathered, tested: Fit, part: Part) -> Snapshot:
    catalogue = Catalogue.from_dict(tested.catalogue, gathered.definition)
    return take_snapshot(gathered.history, catalogue, gathered.at(part.rows))
