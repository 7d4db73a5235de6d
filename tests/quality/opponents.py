"""The models that people would reach for instead, as their documentation starts them.

Each learns from the same matrix and is asked about the same later rows. Categories are given in the
form each library wants them in. Seeds are fixed, threads are left to the library.
"""

from collections.abc import Callable
from typing import Any, Protocol

import catboost
import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from features.core.arrays import FloatArray
from tests.quality.cases import Case

UNKNOWN = -1
RARE = 5
"""A value on fewer rows gets no column of its own in one-hot encoding."""


class Classifier(Protocol):
    """What scikit-learn calls one."""

    def fit(self, rows: Any, converted: Any) -> "Classifier":
        """Learn."""

    def predict_proba(self, rows: Any) -> FloatArray:
        """Give the probability of both classes; shape (n, 2)."""


def _encoded(case: Case) -> ColumnTransformer:
    numbers = [n for n in range(case.learned.shape[1]) if n not in case.categorical]
    return make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numbers),
        (
            OneHotEncoder(handle_unknown="ignore", min_frequency=RARE, sparse_output=False),
            list(case.categorical),
        ),
    )


def _known(matrix: FloatArray, case: Case) -> FloatArray:
    """The matrix with unknown categories as a code."""
    filled = matrix.copy()
    for column in case.categorical:
        filled[np.isnan(filled[:, column]), column] = UNKNOWN
    return filled


def _as_categories(matrix: FloatArray, case: Case) -> pd.DataFrame:
    frame = pd.DataFrame(_known(matrix, case)).rename(columns=str)
    for column in case.categorical:
        codes = range(UNKNOWN, case.n_levels(column))
        frame[str(column)] = pd.Categorical(frame[str(column)].astype(int), categories=codes)
    return frame


def _as_texts(matrix: FloatArray, case: Case) -> pd.DataFrame:
    frame = pd.DataFrame(_known(matrix, case)).rename(columns=str)
    for column in case.categorical:
        frame[str(column)] = frame[str(column)].astype(int).astype(str)
    return frame


def _boosted(**settings: Any) -> lgb.LGBMClassifier:
    return lgb.LGBMClassifier(verbosity=-1, **settings)


def _catboost(case: Case) -> catboost.CatBoostClassifier:
    return catboost.CatBoostClassifier(
        verbose=0,
        allow_writing_files=False,
        random_seed=0,
        cat_features=[str(column) for column in case.categorical],
    )


Shape = Callable[[FloatArray, Case], Any]
OPPONENTS: dict[str, tuple[Shape, Callable[[Case], Classifier]]] = {
    "logistic": (
        _known,
        lambda case: make_pipeline(_encoded(case), LogisticRegression(max_iter=2000)),
    ),
    "LightGBM": (_as_categories, lambda _: _boosted()),
    "LightGBM, sigmoid": (
        _as_categories,
        lambda _: CalibratedClassifierCV(_boosted(), method="sigmoid"),
    ),
    "LightGBM, isotonic": (
        _as_categories,
        lambda _: CalibratedClassifierCV(_boosted(), method="isotonic"),
    ),
    "XGBoost": (_as_categories, lambda _: xgboost.XGBClassifier(enable_categorical=True)),
    "CatBoost": (_as_texts, _catboost),
    "EBM": (_as_texts, lambda _: ExplainableBoostingClassifier(random_state=0)),
    "naive Bayes": (_known, lambda case: make_pipeline(_encoded(case), GaussianNB())),
}


def predict(name: str, case: Case) -> FloatArray:
    """Probabilities of the later rows by one opponent; shape (n_later,).

    Parameters
    ----------
    name : str
        One of :data:`OPPONENTS`.
    case : Case
    """
    shape, make = OPPONENTS[name]
    model = make(case).fit(shape(case.learned, case), case.converted)
    return np.asarray(model.predict_proba(shape(case.later, case))[:, 1], dtype=np.float64)
