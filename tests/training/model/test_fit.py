"""A fit is the same to the last bit whatever the number of processors."""

import pytest
from threadpoolctl import threadpool_limits

from features.store import Store
from training.dataset.dataset import load_dataset
from training.model.fit import fit
from training.train.train import training_rows_of


@pytest.fixture
def rows(company_database, small_definition):
    """More of them than one processor sums alone."""
    store = Store.open(company_database(n_leads=4_000))
    dataset = load_dataset(store, small_definition, data_cutoff=None, seed=0)
    store.close()
    return training_rows_of(dataset, dataset.matured, known_before=dataset.data_cutoff)


def test_the_number_of_processors_changes_no_bit_of_a_calibrator(rows) -> None:
    with threadpool_limits(limits=1, user_api="blas"):
        one = fit(rows).model.calibrator.to_dict()
    with threadpool_limits(limits=2, user_api="blas"):
        two = fit(rows).model.calibrator.to_dict()

    assert len(rows.converted) > 10_000
    assert two == one
