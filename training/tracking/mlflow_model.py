"""A release as MLflow's model: columns in words, an example to try it with, and what they mean."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.feature_frame import frame_of, level_texts
from features.store.releases import past_leads_path
from training.dataset.past_leads import PastLeads
from training.model.release import Release

if TYPE_CHECKING:
    import pandas as pd

REQUIREMENTS = ("mlflow", "lightgbm", "numpy", "pandas")
"""What the stored code imports; pinned to the versions that trained."""

EXAMPLE_ROWS = 5

RESULTS = ("probability", "qualification", "margin")


def log_release_model(release: Release, folder: Path, *, tags: dict[str, str]) -> Any:
    """Log a release as a model of the active run.

    Parameters
    ----------
    release : Release
    folder : path
        Of the release; its files travel with the model.
    tags : dict from str to str
        What the model is found by.

    Returns
    -------
    mlflow.models.model.ModelInfo
    """
    # Two seconds to import, and only runs that log need it.
    import mlflow

    return mlflow.pyfunc.log_model(
        name="release",
        python_model=str(Path(__file__).with_name("mlflow_pyfunc.py")),
        artifacts={"release": str(folder)},
        signature=release_signature(release),
        input_example=example_rows(release, folder.parent),
        pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        metadata={**tags, "columns": described_columns(release)},
        tags=tags,
    )


def release_signature(release: Release) -> Any:
    """The columns in and out: numbers, and categories as strings."""
    # Two seconds to import, and only runs that log need it.
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

    catalogue = release.fit.catalogue
    in_words = level_texts(catalogue)
    inputs = [
        ColSpec(DataType.string if f["name"] in in_words else DataType.double, f["name"])
        for f in catalogue["features"]
    ]
    concepts = dict.fromkeys(feature["concept"] for feature in catalogue["features"])
    points = ("base_points", *(f"points_{concept}" for concept in concepts), "calibration_points")
    outputs = [
        ColSpec(DataType.string if name == "qualification" else DataType.double, name)
        for name in (*RESULTS, *points)
    ]
    params = ParamSchema([ParamSpec("points", DataType.boolean, default=True)])
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs), params=params)


def described_columns(release: Release) -> list[dict[str, Any]]:
    """Each column's unit and reason, and the words a category knows."""
    catalogue = release.fit.catalogue
    in_words = level_texts(catalogue)
    return [
        {"name": feature["name"], "unit": feature["unit"], "reason": feature["concept"]}
        | ({"levels": list(in_words[feature["name"]])} if feature["name"] in in_words else {})
        for feature in catalogue["features"]
    ]


def example_rows(release: Release, releases_dir: Path) -> "pd.DataFrame":
    """A few rows as the release reads them, none of which is a lead.

    What they hold occurs, but what a row says of one thing (as visits, or the company's size) comes
    from another lead than what it says of the next: an example that travels tells of nobody.

    Parameters
    ----------
    release : Release
    releases_dir : path
        Where past leads are kept beside the releases; without them, rows of unknown values.

    Returns
    -------
    DataFrame of shape (EXAMPLE_ROWS, n_features)
    """
    catalogue = release.fit.catalogue
    path = past_leads_path(releases_dir, release.release_id)
    matrix = np.full((EXAMPLE_ROWS, len(catalogue["features"])), np.nan)
    past = PastLeads.read(path).matrix if path.is_file() else matrix[:0]
    if len(past):
        draw = np.random.default_rng(release.card.recipe.seed)
        concepts = np.array([feature["concept"] for feature in catalogue["features"]])
        for concept in dict.fromkeys(concepts.tolist()):
            rows = draw.choice(len(past), EXAMPLE_ROWS, replace=len(past) < EXAMPLE_ROWS)
            matrix[:, concepts == concept] = past[rows][:, concepts == concept]
    return frame_of(matrix, catalogue)
