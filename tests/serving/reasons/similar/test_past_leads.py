"""Past leads are only those the tested fit had not seen, judged by it."""

from pathlib import Path

import numpy as np
import pytest

from features.core.clock import DAY
from features.core.errors import LeadDataError
from serving.reasons.similar.past_points import PastPoints
from training.dataset.past_leads import PastLeads, load_past_leads

START = 1_735_657_200
DATA_CUTOFF = START + 360 * DAY


def test_nothing_the_tested_fit_learned_from_is_counted(world) -> None:
    past = world.past.past

    assert past.as_of.min() >= world.release.card.tested_from
    # Sixty days of horizon had passed for each.
    assert past.as_of.max() <= DATA_CUTOFF - 60 * DAY
    np.testing.assert_array_equal(past.probability, world.release.tested.probability(past.matrix))


def test_leads_have_running_numbers_in_order(world) -> None:
    lead = world.past.past.lead

    assert lead[0] == 0
    assert set(np.diff(lead)) == {0, 1}


def test_of_too_many_rows_whole_leads_are_left_out(world, tables, definition) -> None:
    some = load_past_leads(
        tables, definition, release=world.release, data_cutoff=DATA_CUTOFF, most_rows=300
    )

    assert 250 < len(some) <= 300
    n_rows = sorted(np.bincount(some.lead))
    everybody = sorted(np.bincount(world.past.past.lead))
    assert n_rows[-1] == everybody[-1] or n_rows[-1] in everybody


def test_a_file_gives_back_what_was_written(world, tmp_path: Path) -> None:
    world.past.past.write(tmp_path / "deep" / "past.npz")

    again = PastLeads.read(tmp_path / "deep" / "past.npz")

    assert again.release_id == world.release.release_id
    for name in ("lead", "as_of", "converted", "probability", "matrix", "added"):
        np.testing.assert_array_equal(getattr(again, name), getattr(world.past.past, name))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["past.npz"]


def test_what_concepts_add_is_that_of_the_release_in_the_order_of_its_reasons(world) -> None:
    past, explainer = world.past.past, world.explainer

    explained = explainer.explain(past.matrix)

    np.testing.assert_array_equal(world.past.reasons, explained.points.reasons)
    assert past.explained(world.release.fit) is past


def test_a_file_of_older_code_is_explained_when_it_is_read(world, tmp_path: Path) -> None:
    older = {name: value for name, value in vars(world.past.past).items() if name != "added"}
    np.savez_compressed(tmp_path / "past.npz", **older)

    read = PastLeads.read(tmp_path / "past.npz")

    assert read.added.shape == (len(read), 0)
    again = PastPoints.of(read.explained(world.release.fit), world.explainer)
    np.testing.assert_array_equal(again.reasons, world.past.reasons)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "past.npz"
    path.write_bytes(b"not an archive")

    with pytest.raises(LeadDataError, match="must hold past leads"):
        PastLeads.read(path)
