"""Decisions laid out as the ledger keeps them."""

import tracemalloc

import numpy as np
import pyarrow as pa

from features.catalogue import build_catalogue
from features.definition import TEMPLATE, read_definition
from features.moments import Moments
from features.snapshot import Snapshot
from serving.decisions.decide import Decisions, decision_table

DEFINITION = read_definition(TEMPLATE)
CATALOGUE = build_catalogue(DEFINITION, {item.name: () for item in DEFINITION.attributes})
N_FEATURES = len(CATALOGUE)


def _table(matrix: np.ndarray) -> pa.Table:
    n = len(matrix)
    snapshot = Snapshot(
        moments=Moments.of(np.arange(n), np.full(n, 1_700_000_000)),
        matrix=matrix,
        catalogue=CATALOGUE,
    )
    nothing = np.zeros(n, np.int8)
    decisions = Decisions(
        snapshot=snapshot,
        probability=np.full(n, 0.25),
        qualification=nothing,
        rulebook_points=np.zeros(n),
        rulebook_qualification=nothing,
        release_id="r1",
    )
    lead_ids = np.array([f"L{at}" for at in range(n)], dtype=object)
    return decision_table(
        decisions, lead_ids, definition_version="v1", decided_at=1_700_000_000, run_id="run"
    )


def test_a_feature_vector_is_its_row_in_bytes() -> None:
    matrix = np.asfortranarray(np.random.default_rng(0).normal(size=(50, N_FEATURES)))
    matrix[3, 4] = np.nan

    vectors = _table(matrix).column("feature_vector").to_pylist()

    np.testing.assert_array_equal([np.frombuffer(vector, "<f8") for vector in vectors], matrix)
    assert _table(matrix[:0]).num_rows == 0


def test_vectors_are_laid_out_without_a_copy_of_each() -> None:
    matrix = np.zeros((20_000, N_FEATURES))

    before = pa.total_allocated_bytes()
    tracemalloc.start()
    table = _table(matrix)
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held <= most < matrix.nbytes / 2
    assert pa.total_allocated_bytes() - before < matrix.nbytes / 2
    assert table.column("feature_vector").nbytes > matrix.nbytes
