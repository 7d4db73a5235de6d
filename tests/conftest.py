"""What every test shares: repeatable hypothesis runs and a quiet, offline MLflow."""

import os

from hypothesis import settings

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "agg")

settings.register_profile("awase", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("awase")
