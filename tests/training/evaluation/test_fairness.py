"""Segments are compared on leads of the test, each as it was first looked at."""

from pathlib import Path

import numpy as np
import pytest

from features.store import Store
from training.dataset.dataset import load_dataset
from training.evaluation.fairness import fairness_by_segment
from training.model.release import load_release
from training.retrain import RetrainSettings, retrain

CUTOFF = 1_704_034_800 + 12 * 30 * 86_400

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_each_segment_is_counted_as_the_tables_say(
    company_database, small_definition, tracking_uri, tmp_path: Path
) -> None:
    store = Store.open(company_database(n_leads=2400))
    settings = RetrainSettings(
        data_cutoff=CUTOFF, releases_dir=tmp_path, tracking_uri=tracking_uri, by="tester"
    )
    report = retrain(store, small_definition, settings=settings)
    release = load_release(Path(report.release_dir))
    dataset = load_dataset(store, small_definition, data_cutoff=CUTOFF, seed=settings.seed)

    found = fairness_by_segment(release, dataset, small_definition)

    test = dataset.split.test
    lead, first = np.unique(dataset.moments.lead[test.rows], return_index=True)
    ids = [dataset.history.lead_ids[i] for i in lead]
    facts = dataset.tables.fact.to_pandas()
    channel = facts[facts["attribute"] == "channel"].groupby("lead_id")["value"].last()
    converted = dict(zip(ids, test.converted[first].tolist(), strict=True))
    store.close()
    assert found
    for segment in found:
        inside = [i for i in ids if channel.get(i) == segment.value]
        assert segment.n_leads == len(inside)
        assert segment.n_converted == sum(converted[i] for i in inside)
        assert segment.converted.value == pytest.approx(segment.n_converted / segment.n_leads)
        assert 0 <= segment.qualified.value <= segment.found.value <= 1
