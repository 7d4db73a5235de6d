"""Plots are drawn with whole words inside the picture, in both languages."""

import warnings
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest

from serving.reasons.exploring import plots
from serving.reasons.exploring.dependence import interaction

# What shap calls of matplotlib is not ours.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{kind}")
    for kind in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning")
]


def _waterfall(world, language):
    past = world.past.past
    return plots.plot_waterfall(
        world.explainer, past.matrix[0], int(past.as_of[0]), language=language
    )


def _beeswarm(world, language):
    return plots.plot_beeswarm(world.explainer, world.past.past.matrix[:50], language=language)


def _dependence(world, language):
    explainer, matrix = world.explainer, world.past.past.matrix[:50]
    return plots.plot_dependence(
        explainer, matrix, "inquiry_30d", color="days_since_creation", language=language
    )


def _partial(world, language):
    explainer, matrix = world.explainer, world.past.past.matrix[:50]
    category = next(feature for feature in explainer.catalogue if feature.is_category)
    return plots.plot_partial_dependence(explainer, matrix, category.name, language=language)


def _interaction(world, language):
    matrix = world.past.past.matrix[:20]
    found = interaction(world.explainer, matrix, first="inquiry_30d", second="days_since_creation")
    return plots.plot_interaction(found, language=language)


ALL = (_waterfall, _beeswarm, _dependence, _partial, _interaction)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("draw", ALL, ids=lambda draw: draw.__name__[1:])
def test_every_label_lies_within_the_picture(world, draw: Callable, language: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a machine without Japanese fonts
        axes = draw(world, language)
        plt.gcf().canvas.draw()
        width, height = plt.gcf().canvas.get_width_height()
        ticks = zip((axes.xaxis, axes.yaxis), (axes.get_xlim(), axes.get_ylim()), strict=True)
        shown = [axes.xaxis.label]
        for axis, ends in ticks:  # matplotlib keeps labels of ticks beyond the ends
            places = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            shown += [label for at, label in places if min(ends) <= at <= max(ends)]
        boxes = [label.get_window_extent() for label in shown if label.get_text()]

    ends = np.array([(box.x0, box.y0, width - box.x1, height - box.y1) for box in boxes])
    inside = [label for label, end in zip(shown, ends, strict=False) if end.min() < -1]
    plt.close("all")
    assert len(boxes) > 2
    assert inside == []


def test_a_minus_is_the_sign_and_no_hyphen_with_a_japanese_font_too(world) -> None:
    with plt.rc_context():
        plots.use_japanese_font()
        axes = _waterfall(world, "ja")
        plt.gcf().canvas.draw()
        told = [label.get_text() for label in axes.get_xticklabels()]
        told.append(axes.get_title(loc="left"))
    plt.close("all")

    assert any("−" in text for text in told)
    assert [text for text in told if "-" in text] == []


def test_what_shap_adds_up_is_named_in_the_readers_language(world) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        axes = plots.plot_beeswarm(world.explainer, world.past.past.matrix[:50], language="ja")
    labels = [label.get_text() for label in axes.get_yticklabels()]
    plt.close("all")

    assert not any("other" in label for label in labels)
    assert axes.get_xlabel() == "ポイント(10でオッズが2倍)"


def test_marks_of_leads_without_a_value_are_named(world) -> None:
    matrix = world.past.past.matrix[:50]
    catalogue = world.explainer.catalogue
    never = [f for f in catalogue if f.name.startswith("days_since")]
    gaps = {f.name: np.isnan(matrix[:, catalogue.index(f.name)]) for f in never}
    name = next(name for name, lacking in gaps.items() if lacking.any() and not lacking.all())

    axes = plots.plot_dependence(world.explainer, matrix, name)
    (said,) = [text.get_text() for text in axes.get_legend().get_texts()]
    marked = axes.collections[-1].get_offsets()
    plt.close("all")

    assert said == "never"
    assert len(marked) == gaps[name].sum()


def test_points_of_a_waterfall_have_one_place(world) -> None:
    axes = _waterfall(world, "en")
    told = [text.get_text() for text in axes.texts]
    plt.close("all")

    said = [text for text in told if text.strip("+−-").replace(".", "").isdigit()]
    assert said
    assert [text for text in said if len(text.partition(".")[2]) > 1] == []


def test_the_sum_of_all_others_has_no_colour_of_one_of_them(world) -> None:
    axes = plots.plot_beeswarm(world.explainer, world.past.past.matrix[:50], most=4)
    plt.gcf().canvas.draw()
    dots = [c for c in axes.collections if len(c.get_offsets())]
    lowest = [c for c in dots if np.abs(np.asarray(c.get_offsets())[:, 1]).max() < 0.5]
    coloured = [c for c in lowest if c.get_array() is not None]
    plt.close("all")

    assert lowest
    assert coloured == []
