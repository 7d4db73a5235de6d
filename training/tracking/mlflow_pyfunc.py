"""The code MLflow stores beside a release so that any MLflow client can score with it.

Nothing of Awase imports this file; MLflow runs it ("models from code"), perhaps on a server where
Awase is not installed. That is why it reads the release's plain files by itself, with numpy and
LightGBM alone. A test holds its numbers against :class:`training.model.release.Release`, bit for
bit.

Input: one column per feature of ``catalogue.json``, categories in words, unknown as missing.
Output: ``probability`` within the horizon, ``qualification``, ``margin``, and why in points (ten
double the odds): ``base_points`` everybody starts with, ``points_<concept>`` for each reason, and
``calibration_points``. Together they are the probability: 1 / (1 + 2 ** (-total / 10)).
"""

import json
import math
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

FARTHEST = 4.0
"""Standard deviations, as in ``training/learners/linear/additive_logistic.py``."""

POINTS_PER_LOG_ODDS = 10.0 / math.log(2.0)
"""As in ``serving/reasons/points.py``."""

CATEGORY, OTHER = "level", "(other)"
"""The unit of columns in words, and the level of words that training did not know."""

DEPARTMENTS = (
    "sales", "marketing", "public_relations", "customer_service", "it", "research_and_development",
    "manufacturing", "quality", "procurement", "logistics", "operations", "hr", "finance", "legal",
    "audit", "general_affairs", "planning", "management",
)  # fmt: skip
"""As in ``features/core/parsing/job_title.py``: levels of columns whose levels are not kept."""


class ReleaseModel(PythonModel):
    """Probability, qualification and points of each row."""

    def load_context(self, context: Any) -> None:
        """Read the release folder among the model's artifacts."""
        folder = Path(context.artifacts["release"])
        self._card = json.loads((folder / "release.json").read_text(encoding="utf-8"))
        catalogue = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
        self._names = [feature["name"] for feature in catalogue["features"]]
        self._concepts = [feature["concept"] for feature in catalogue["features"]]
        self._levels = {
            feature["name"]: list(catalogue["levels"].get(feature["name"], DEPARTMENTS))
            for feature in catalogue["features"]
            if feature["unit"] == CATEGORY
        }
        self._calibrator = json.loads((folder / "calibrator.json").read_text(encoding="utf-8"))
        texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("booster_*.txt")))
        self._boosters = [lgb.Booster(model_str=text) for text in texts]
        line = folder / "line.json"
        self._line: Any = json.loads(line.read_text(encoding="utf-8")) if line.is_file() else None

    def predict(
        self, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predict each row's outcome; ``{"points": False}`` spares the reasons, the slow part."""
        matrix = self._matrix(model_input)
        trees, straight = self._tree_margin(matrix), self._line_additions(matrix)
        margin = self._blend(trees, None if straight is None else self._line_margin(straight))
        offsets = np.zeros_like(matrix)
        for column, code, offset in self._offsets():
            values = matrix[:, column]
            applies = np.isnan(values) if code is None else values == code
            offsets[:, column] += np.where(applies, offset, 0.0)
            margin = margin + np.where(applies, offset, 0.0)
        probability = np.exp(-np.logaddexp(0.0, -self._log_odds(margin)))
        columns = {
            "probability": probability,
            "qualification": self._qualify(probability),
            "margin": margin,
        }
        if params is None or params.get("points", True):
            columns |= self._points(*self._contributions(matrix, straight, offsets), margin)
        return pd.DataFrame(columns, index=model_input.index)

    def _matrix(self, frame: pd.DataFrame) -> Any:
        """The table in words as the numbers that boosters read."""
        matrix = np.empty((len(frame), len(self._names)))
        for column, name in enumerate(self._names):
            levels = self._levels.get(name)
            if levels is None:
                matrix[:, column] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            else:
                matrix[:, column] = _codes(frame[name], levels)
        return np.ascontiguousarray(matrix)

    def _contributions(self, matrix: Any, straight: Any, offsets: Any) -> tuple[float, Any]:
        """What every row starts with, and what each column adds, in natural log-odds."""
        base, values = 0.0, np.zeros_like(matrix)
        if len(matrix):
            for booster in self._boosters:
                found = booster.predict(matrix, pred_contrib=True) / len(self._boosters)
                base, values = base + found[0, -1], values + found[:, :-1]
        if straight is not None:
            means = np.array([feature["mean"] for feature in self._line["features"]])
            base = self._blend(base, self._line["intercept"] + means.sum())
            values = self._blend(values, straight - means)
        return base, values + offsets

    def _points(self, base: float, values: Any, margin: Any) -> dict[str, Any]:
        """Reasons in points, by concept; a bent calibrator's part has a column of its own."""
        slope, intercept = self._calibrator["slope"], self._calibrator["intercept"]
        columns: dict[str, Any] = {
            "base_points": np.full(len(margin), (slope * base + intercept) * POINTS_PER_LOG_ODDS)
        }
        for concept in dict.fromkeys(self._concepts):
            own = [column for column, of in enumerate(self._concepts) if of == concept]
            columns[f"points_{concept}"] = values[:, own].sum(axis=1) * slope * POINTS_PER_LOG_ODDS
        bend = self._log_odds(margin) - (slope * margin + intercept)
        return columns | {"calibration_points": bend * POINTS_PER_LOG_ODDS}

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

    def _tree_margin(self, matrix: Any) -> Any:
        trees = np.zeros(len(matrix))
        if len(matrix):
            for booster in self._boosters:
                trees += booster.predict(matrix, raw_score=True)
        return trees / max(len(self._boosters), 1)

    def _line_additions(self, matrix: Any) -> Any:
        """What each column adds to the straight part; None without one."""
        if self._line is None:
            return None
        additions = np.empty_like(matrix)
        for column, feature in enumerate(self._line["features"]):
            additions[:, column] = [_addition(feature, v) for v in matrix[:, column].tolist()]
        return additions

    def _line_margin(self, additions: Any) -> Any:
        """The straight part, added up in the order in which Awase does, so that the bits agree."""
        total = np.full(len(additions), self._line["intercept"])
        for column in range(additions.shape[1]):
            total += additions[:, column]
        return total

    def _blend(self, trees: Any, straight: Any) -> Any:
        if self._line is None:
            return trees
        share = self._line["share"]
        return (1.0 - share) * trees + share * straight if self._boosters else straight

    def _qualify(self, probability: Any) -> Any:
        qualification = np.full(len(probability), "NONE", dtype=object)
        for name in ("mql", "sql"):
            cut_off = self._card["cut_offs"][name]["probability"]
            if cut_off is not None:
                qualification[probability >= cut_off] = name.upper()
        return qualification


def _codes(values: Any, levels: list[str]) -> Any:
    """Codes of words; a word that training did not know is the other level, where there is one."""
    codes = {text: float(code) for code, text in enumerate(levels)}
    unknown = codes.get(OTHER)
    found = [math.nan if pd.isna(text) else codes.get(text, unknown) for text in values]
    strange = sorted({str(text) for text, code in zip(values, found, strict=True) if code is None})
    if strange:
        msg = (
            f"{values.name} must be one of {', '.join(levels)}, or missing; got {len(strange)} "
            f"others ({', '.join(strange[:3])}). Write the level's own text."
        )
        raise MlflowException.invalid_parameter_value(msg)
    return np.array(found, dtype=np.float64)


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
