"""The test of a retrain once more, for those who want to look into it: rows, margins, crossings.

The fit is found among the finished steps of the retrain that made it; only where that was cleared
away is it learned again, which gives the same boosters.
"""

from pathlib import Path

from training.ensemble import Progress
from training.gathered import Gathered
from training.grid import UNDATED_AS_OF
from training.kept_steps import KeptSteps
from training.learned import cut_offs_on_past, learn, material_of
from training.trial import Trial, try_fit


def repeat_test(gathered: Gathered, releases_dir: Path, progress: Progress | None = None) -> Trial:
    """Test the fit of these tables as their retrain did; call only while holding the run's lock.

    Parameters
    ----------
    gathered : Gathered
        With the data cut-off and the seed of that retrain.
    """
    split = gathered.split
    known_before = split.test_from if split.forecast else UNDATED_AS_OF
    material = material_of(gathered, split.train, known_before=known_before)
    kept = KeptSteps.beside(releases_dir)
    tested, _ = kept.find_or_learn(material, lambda: learn(material, progress))
    cut_offs = cut_offs_on_past(tested, gathered, split.train, until=split.test_from - 1)
    return try_fit(tested, gathered, cut_offs)
