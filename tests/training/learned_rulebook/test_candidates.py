"""Rules worth trying: readable, of the rulebook's own form, today's among them."""

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.core.text import LANGUAGES
from features.definition import TEMPLATE, read_definition
from features.feature import Axis
from features.moments import Moments
from features.snapshot import Snapshot
from training.learned_rulebook.candidates import pair_of, single_candidates
from training.learned_rulebook.constraints import Constraints, declared_signs
from training.learned_rulebook.pool import times_of


@pytest.fixture(scope="module")
def definition():
    return read_definition(TEMPLATE)


@pytest.fixture(scope="module")
def snapshot(definition):
    levels = {
        a.name: ("展示会", "web", "(other)")
        for a in definition.feature_attributes
        if a.kind == "category"
    }
    catalogue = build_catalogue(definition, levels)
    matrix = np.random.default_rng(0).integers(0, 9, size=(200, len(catalogue))).astype(float)
    matrix[:, catalogue.index("budget")] = np.geomspace(1e5, 3e7, 200)
    moments = Moments(lead=np.arange(200, dtype=np.int32), as_of=np.full(200, 9, dtype=np.int64))
    return Snapshot(moments=moments, matrix=matrix, catalogue=catalogue)


@pytest.fixture(scope="module")
def candidates(definition, snapshot):
    return single_candidates(definition, snapshot, declared_signs(definition, Constraints()))


def test_todays_rules_come_first_and_only_once(definition, candidates):
    todays = [c.rule.name for c in candidates if c.is_todays]

    assert todays == [rule.name for rule in definition.rulebook.rules]
    conditions = [(c.rule.when.model_dump_json(), c.rule.per) for c in candidates]
    assert len(set(conditions)) == len(conditions)


def test_names_differ_and_labels_exist_in_both_languages(candidates):
    names = [c.rule.name for c in candidates]

    assert len(set(names)) == len(names)
    assert all(c.rule.label.read(language).strip() for c in candidates for language in LANGUAGES)


def test_every_candidate_can_be_counted(candidates, snapshot):
    times = times_of(candidates, snapshot)

    assert times.shape == (len(candidates), 200)
    most = np.array([c.most_times for c in candidates])
    assert (times.max(axis=1) <= most).all()


def test_thresholds_of_numbers_are_round(candidates):
    asked = [
        c.rule.when.at_least
        for c in candidates
        if c.subject == "budget" and c.rule.when.at_least is not None
    ]

    assert asked
    # Quantiles of 100 thousand to 30 million, rounded up to 1, 2 or 5 and zeros
    assert set(asked) <= {2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7}


def test_behaviours_keep_the_signs_of_todays_rules(candidates):
    signs = {c.subject: c.sign for c in candidates}

    assert signs["unsubscribe"] == -1
    assert signs["webinar"] == signs["page_visit"] == 1
    assert signs["channel"] == 0


def test_the_rest_of_a_category_is_nobodys_rule(candidates):
    asked = {c.rule.when.is_one_of for c in candidates if c.subject == "channel"}

    assert asked == {None, ("展示会",), ("web",)}


def test_a_pair_asks_for_both(definition, snapshot, candidates):
    webinar = next(c for c in candidates if c.rule.name == "webinar_attended")
    timing = next(c for c in candidates if c.rule.name == "purchase_timing_stated")

    pair = pair_of(webinar, timing, definition=definition, catalogue=snapshot.catalogue)

    single = times_of([webinar, timing], snapshot)
    np.testing.assert_array_equal(times_of([pair], snapshot)[0], single[0] & single[1])
    assert pair.axis is None
    assert pair.sign == 1
    assert pair.rule.label.en == "Webinar: at least once in 90 days, and Purchase timing known"
    assert webinar.axis is Axis.BEHAVIOUR
