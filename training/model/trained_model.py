"""What turns a matrix into probabilities: boosters, linear model, calibrator and their columns.

As plain files: the boosters in LightGBM's own text, which holds every number with 17 digits, and
three JSON files; nothing is ever pickled. The texts are what is held: reasons, live scoring and
large tables are computed from them, and LightGBM is imported only where it predicts.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from features.core.arrays import FloatArray
from features.core.atomic_folder import Files
from features.core.errors import LeadDataError
from training.calibration.calibrator import Calibrator
from training.calibration.segment_offsets import PlacedOffsets
from training.contributions.tree_shap import TABLES_FROM
from training.learners.boosting.ensemble import served_margin
from training.learners.linear.additive_logistic import AdditiveLogistic
from training.model.fit_contributions import FitContributions
from training.results.records import from_json

if TYPE_CHECKING:
    import lightgbm as lgb

CALIBRATOR, CATALOGUE, LINE = "calibrator.json", "catalogue.json", "line.json"


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """Boosters, line, calibrator and the columns they read: what turns a matrix into numbers.

    A scorecard has a line and no boosters.

    Attributes
    ----------
    booster_texts : tuple of str
        Each booster as LightGBM writes it.
    """

    booster_texts: tuple[str, ...]
    calibrator: Calibrator
    catalogue: Mapping[str, Any]
    line: AdditiveLogistic | None = None

    @property
    def n_features(self) -> int:
        """Columns of the matrix that is read."""
        if self.line is not None:
            return len(self.line.features)
        return len(self.catalogue["features"])

    @property
    def is_scorecard(self) -> bool:
        """Whether nothing but a scorecard was learned, since outcomes were few."""
        return not self.booster_texts

    @cached_property
    def boosters(self) -> "tuple[lgb.Booster, ...]":
        """The boosters, ready to predict."""
        # Imported here: two seconds, and whoever reads cards of releases needs no boosters.
        import lightgbm as lgb

        return tuple(lgb.Booster(model_str=text) for text in self.booster_texts)

    @cached_property
    def offsets(self) -> PlacedOffsets:
        """What the calibrator gives to segments, placed in this fit's columns."""
        return PlacedOffsets.of(self.calibrator.offsets, self.catalogue)

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Natural log-odds before calibration, the offsets of segments included.

        Parameters
        ----------
        matrix : ndarray of shape (n, n_features)
            In the order of the catalogue; NaN is unknown.

        Raises
        ------
        LeadDataError
            If the matrix has another number of columns.
        """
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            msg = (
                f"this release reads a matrix of {self.n_features} columns; got shape "
                f"{matrix.shape}. Take the snapshot with the release's own catalogue."
            )
            raise LeadDataError(msg)
        if len(matrix) < TABLES_FROM:
            return self.offsets.add_to(served_margin(self.boosters, self.line, matrix), matrix)
        return self.tables.margin(matrix)

    @cached_property
    def tables(self) -> FitContributions:
        """The fit in the form in which it explains leads, and judges many of them at once."""
        return FitContributions.of(self.booster_texts, self.line, self.offsets)

    @cached_property
    def for_few_leads(self) -> FitContributions:
        """The same for some hundred leads: ready sooner, slower for each."""
        return FitContributions.of(self.booster_texts, self.line, self.offsets, few_leads=True)

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Calibrated probability of the outcome within the horizon, shape (n,)."""
        return self.calibrator.predict(self.margin(matrix))

    def to_files(self) -> dict[str, bytes]:
        """The fit as plain files."""
        files = {
            f"booster_{number:02d}.txt": text.encode()
            for number, text in enumerate(self.booster_texts)
        }
        files[CALIBRATOR] = plain_json(asdict(self.calibrator))
        files[CATALOGUE] = plain_json(self.catalogue)
        if self.line is not None:
            files[LINE] = plain_json(asdict(self.line))
        return files

    @classmethod
    def from_files(cls, files: Files) -> "TrainedModel":
        """The fit that plain files hold."""
        boosters = sorted(name for name in files if name.startswith("booster_"))
        return cls(
            booster_texts=tuple(files[name].decode() for name in boosters),
            calibrator=from_json(Calibrator, files[CALIBRATOR], CALIBRATOR),
            catalogue=json.loads(files[CATALOGUE]),
            line=from_json(AdditiveLogistic, files[LINE], LINE) if LINE in files else None,
        )


def plain_json(record: Mapping[str, Any]) -> bytes:
    """Sorted, indented JSON without NaN: what digests are taken of."""
    text = json.dumps(record, allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode()
