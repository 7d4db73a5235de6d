"""The code MLflow stores beside a release so that any MLflow client can score with it.

Nothing of Awase imports this file; MLflow runs it ("models from code"), perhaps on a server where
Awase is not installed. That is why it reads the release's plain files by itself, with numpy and
LightGBM alone. A test holds its numbers against :class:`training.model.release.Release`, bit for
bit.

Input: one column per feature of ``catalogue.json``, categories as level codes, unknown as missing.
"""

import json
import math
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

FARTHEST = 4.0
"""Standard deviations, as in ``training/learners/linear/additive_logistic.py``."""


class ReleaseModel(PythonModel):
    """Margin, probability and qualification of each row."""

    def load_context(self, context: Any) -> None:
        """Read the release folder among the model's artifacts."""
        folder = Path(context.artifacts["release"])
        self._card = json.loads((folder / "release.json").read_text(encoding="utf-8"))
        catalogue = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
        self._names = [feature["name"] for feature in catalogue["features"]]
        self._levels = catalogue["levels"]
        self._calibrator = json.loads((folder / "calibrator.json").read_text(encoding="utf-8"))
        texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("booster_*.txt")))
        self._boosters = [lgb.Booster(model_str=text) for text in texts]
        line = folder / "line.json"
        self._line = json.loads(line.read_text(encoding="utf-8")) if line.is_file() else None

    def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:
        """Judge each row; columns margin, probability, qualification."""
        matrix = np.ascontiguousarray(model_input[self._names].to_numpy(dtype=np.float64))
        margin = self._margin(matrix)
        for column, code, offset in self._offsets():
            values = matrix[:, column]
            applies = np.isnan(values) if code is None else values == code
            margin = margin + np.where(applies, offset, 0.0)
        probability = np.exp(-np.logaddexp(0.0, -self._log_odds(margin)))
        return pd.DataFrame(
            {
                "margin": margin,
                "probability": probability,
                "qualification": self._qualify(probability),
            },
            index=model_input.index,
        )

    def _offsets(self) -> list[tuple[int, int | None, float]]:
        """Column, code (None: unknown) and margin of each segment's offset."""
        return [
            (
                self._names.index(offset["column"]),
                None
                if offset["level"] is None
                else self._levels[offset["column"]].index(offset["level"]),
                offset["margin"],
            )
            for offset in self._calibrator.get("offsets", ())
        ]

    def _log_odds(self, margin: Any) -> Any:
        """The calibrator's map, whatever its kind."""
        calibrator = self._calibrator
        if calibrator["kind"] == "beta":
            rising, falling, constant = calibrator["coefficients"]
            return (
                constant - rising * np.logaddexp(0.0, -margin) + falling * np.logaddexp(0.0, margin)
            )
        if calibrator["kind"] == "isotonic":
            return np.interp(margin, calibrator["knots"], calibrator["levels"])
        return calibrator["slope"] * margin + calibrator["intercept"]

    def _margin(self, matrix: Any) -> Any:
        trees = np.zeros(len(matrix))
        if len(matrix):
            for booster in self._boosters:
                trees += booster.predict(matrix, raw_score=True)
        trees = trees / max(len(self._boosters), 1)
        if self._line is None:
            return trees
        straight = _line_margin(self._line, matrix)
        share = self._line["share"]
        return (1.0 - share) * trees + share * straight if self._boosters else straight

    def _qualify(self, probability: Any) -> Any:
        qualification = np.full(len(probability), "NONE", dtype=object)
        for name in ("mql", "sql"):
            cut_off = self._card["cut_offs"][name]["probability"]
            if cut_off is not None:
                qualification[probability >= cut_off] = name.upper()
        return qualification


def _line_margin(line: dict[str, Any], matrix: Any) -> Any:
    """The straight part, added up in the order in which Awase does, so that the bits agree."""
    total = np.full(len(matrix), line["intercept"])
    for column, feature in enumerate(line["features"]):
        total += np.array([_addition(feature, value) for value in matrix[:, column].tolist()])
    return total


def _addition(feature: dict[str, Any], value: float) -> float:
    if not math.isfinite(value):
        return 0.0
    total = feature["known"]
    log = math.copysign(math.log1p(abs(value)), value)
    for ramp, along in ((feature["plain"], value), (feature["logarithm"], log)):
        if ramp is not None:
            deviation = (along - ramp["centre"]) / ramp["scale"]
            total += ramp["weight"] * min(max(deviation, -FARTHEST), FARTHEST)
    for step in feature["steps"]:
        low = -math.inf if step["low"] is None else step["low"]
        if low <= value <= (math.inf if step["high"] is None else step["high"]):
            total += step["weight"]
    levels = feature["levels"] or ()
    if 0 <= value < len(levels):
        total += levels[int(value)]
    return float(total)


set_model(ReleaseModel())
