"""Compile at installation what commands would otherwise compile at their first call.

Run as ``python -m serving.cli.warm_up``: bytecode of all that commands import, and machine code of
the functions that numba compiles.

Why by use and not by ``compileall``: of 18,000 installed files a quarter is ever imported, and
numba compiles a function for the kinds of arguments that it is called with. Machine code is kept
beside the files, or in ``NUMBA_CACHE_DIR``; the account that will run the commands must own it.
"""

import importlib
import io
import os
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa

from features.importing.sliced.text_hashes import text_hashes
from features.timeline.text_codes import MANY, TextTable
from features.timeline.time_index import COMPILED_FROM, TimeIndex
from serving.cli.commands import COMMANDS, RELEASE
from serving.cli.output.console import steps
from training.contributions.tree_shap import ContributionTables

IMPORTS = "compile what commands import"
LARGE = "compile what large tables call"
LEADS, MONTHS, SEED = 800, 18, 1
"""Of the company that is made for it: the smallest with enough outcomes to retrain."""


def main() -> None:
    """Import every command, call what is compiled, let a small company go through the commands."""
    # As for every command: MLflow may not call home.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    modules = sorted({entry.module for entry in (*COMMANDS.values(), *RELEASE.values())})
    with steps() as step:
        for done, module in enumerate(modules):
            step(IMPORTS, done, len(modules))
            importlib.import_module(f"serving.cli.{module}")
        step(IMPORTS, len(modules), len(modules))
        step(LARGE, 0, 1)
        _call_for_large_tables()
        step(LARGE, 1, 1)
    demo = importlib.import_module("serving.cli.data.demo").demo
    # What it says is about nobody's company; how far it is still goes to standard error.
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        demo(months=MONTHS, leads=LEADS, seed=SEED, workspace=Path(folder) / "demo", trial=False)


def _call_for_large_tables() -> None:
    """Call what a small company would not: numpy answers it, and its release has no boosters."""
    keys = np.arange(COMPILED_FROM, dtype=np.int64)
    TimeIndex.of_keys(keys, n_groups=1, n_owners=1).position(0, keys[:1])
    texts = pa.array([str(number) for number in range(MANY)])
    TextTable.of(texts).codes(pa.chunked_array([texts]))
    text_hashes(texts)
    rows = np.random.default_rng(0).normal(size=(200, 2))
    booster = lgb.train({"verbose": -1}, lgb.Dataset(rows, rows[:, 0] > 0), 2)
    tables = ContributionTables.from_model_texts((booster.model_to_string(),))
    tables.explain(rows)
    tables.margin(rows)


if __name__ == "__main__":
    main()
