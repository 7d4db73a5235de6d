"""The tested fit and today's rulebook, replayed over the test period and compared."""

from dataclasses import dataclass, replace

from features.core.atomic_folder import Files
from features.core.errors import LeadDataError
from features.core.progress import Progress, ignore_progress
from training.comparison.compare import compare
from training.comparison.comparison_setting import comparison_setting
from training.comparison.daily_replay import Replayed, replay_test
from training.comparison.four_way_agreement import agree
from training.comparison.policies import MODEL, RULEBOOK, Policies, judgements_of
from training.dataset.dataset import Dataset
from training.model.release import Release
from training.model.trained_model import TrainedModel
from training.results.comparison_records import Cadence, Comparison
from training.results.records import ReleaseCutOffs, from_json, to_json
from training.train.train import tuned_rulebook

_REPLAYED, _COMPARISON = "replayed.npz", "comparison.json"


@dataclass(frozen=True, kw_only=True)
class PolicyTrial:
    """Two policies, what they said on the record days of the test, and how they compare.

    Attributes
    ----------
    base_rate : float
        Share of the snapshots learned from that converted.
    """

    policies: Policies
    replayed: Replayed
    comparison: Comparison
    base_rate: float

    def to_files(self) -> Files:
        """What was found, as plain files; the policies are not among them."""
        return {
            _REPLAYED: self.replayed.to_bytes(),
            _COMPARISON: to_json(self.comparison).encode(),
        }

    @classmethod
    def from_files(cls, files: Files, *, policies: Policies, base_rate: float) -> "PolicyTrial":
        """What :meth:`to_files` gave.

        Parameters
        ----------
        files : mapping of str to bytes
        policies : Policies
            Those that were tried.
        base_rate : float
            Share of the snapshots learned from that converted, 0 to 1.
        """
        return cls(
            policies=policies,
            replayed=Replayed.from_bytes(files[_REPLAYED]),
            comparison=from_json(Comparison, files[_COMPARISON], _COMPARISON),
            base_rate=base_rate,
        )


def try_policies(
    tested: TrainedModel,
    dataset: Dataset,
    *,
    cut_offs: ReleaseCutOffs,
    base_rate: float,
    cadence: Cadence = Cadence.DAY,
    progress: Progress = ignore_progress,
) -> PolicyTrial:
    """Replay the tested fit and today's rulebook over the test period and compare them.

    Parameters
    ----------
    tested : TrainedModel
        Fitted on nothing later than the start of the test window.
    dataset : Dataset
    cut_offs : ReleaseCutOffs
        Set on nothing later than the start of the test window.
    base_rate : float
        Share of the snapshots learned from that converted, 0 to 1.
    cadence : Cadence
        How often the replay looks at each lead.
    progress : callable
        Told how far the replay is.
    """
    policies = Policies(dataset.history, dataset.definition, tested, cut_offs)
    replayed = replay_test(dataset, policies, cadence=cadence, progress=progress)
    first = policies.look_back(replayed.moments(replayed.cohort.first_rows))
    verdicts = agree(dataset, policies, model=MODEL, rulebook=RULEBOOK)
    setting = replace(comparison_setting(dataset, replayed, first), verdicts=verdicts)
    judgements = judgements_of(replayed.values, tuned_rulebook(tested, dataset))
    return PolicyTrial(
        policies=policies,
        replayed=replayed,
        comparison=compare(replayed.cohort, judgements, setting),
        base_rate=base_rate,
    )


def compare_policies(
    release: Release,
    dataset: Dataset,
    *,
    cadence: Cadence = Cadence.DAY,
    progress: Progress = ignore_progress,
) -> PolicyTrial:
    """Compare a release with today's rulebook once more, on the tables it was made from.

    Parameters
    ----------
    release : Release
    dataset : Dataset
    cadence : Cadence
        How often the replay looks at each lead.
    progress : callable
        Told how far the replay is.

    Raises
    ------
    LeadDataError
        If the release was made before its tested cut-offs were kept, or by another model part.
    """
    cut_offs, base_rate = tested_with(release)
    return try_policies(
        release.tested,
        dataset,
        cut_offs=cut_offs,
        base_rate=base_rate,
        cadence=cadence,
        progress=progress,
    )


def tested_with(release: Release) -> tuple[ReleaseCutOffs, float]:
    """Cut-offs and base rate of a release's test.

    Raises
    ------
    LeadDataError
        If the release was made before they were kept.
    """
    card = release.card
    if card.tested_cut_offs is None or card.tested_base_rate is None:
        msg = (
            "replaying a test needs a release that keeps its tested cut-offs; got "
            f"{card.release_id}, which is older. Retrain."
        )
        raise LeadDataError(msg)
    return card.tested_cut_offs, card.tested_base_rate
