"""shap's plots of our points, and curves of dependence, with words that can be read.

Each draws on a new figure of the size its words need, in points (ten double the odds), in Japanese
or English, and gives the axes, so that a title or a limit can still be set.
"""

import re
import textwrap
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.core.arrays import FloatArray
from features.core.formats import signed
from features.core.text import Language, Text
from features.feature import Feature
from serving.reasons.explainer import Explainer
from serving.reasons.exploring.dependence import Interaction, partial_dependence, words_of
from serving.reasons.similar.shap_objects import shap_by_concept, shap_by_feature

if TYPE_CHECKING:
    from matplotlib.axes import Axes

JAPANESE_FONTS = ("Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", "Meiryo", "IPAexGothic")
"""Fonts that have kanji, the first one that this machine has is used."""

POINTS = Text(ja="ポイント(10でオッズが2倍)", en="points (ten double the odds)")
PROBABILITY = Text(ja="平均確率", en="mean probability")
BEYOND = Text(ja="足し算を超えるポイント", en="points beyond the sum")

FROM_TO = Text(
    ja="平均的なリード {:+.1f} → このリード {:+.1f}", en="average lead {:+.1f}, this lead {:+.1f}"
)
OTHERS = r"^(?:Sum of )?(\d+) other features$"
"""What shap calls the features that it adds up."""
OTHERS_WORDS = Text(ja=r"ほか\1項目", en=r"\1 others")

WIDTHS = {"ja": 28, "en": 52}
"""Letters of a line of a label."""


def use_japanese_font() -> str | None:
    """Let matplotlib draw Japanese, in whichever font this machine has; None where it has none.

    ``pip install "awase[pdf]"`` brings one along.
    """
    import matplotlib.pyplot as plt  # 0.5 s: only where somebody plots
    from matplotlib import font_manager

    packaged = find_spec("matplotlib_fontja")
    if packaged is not None and packaged.origin is not None:
        for path in sorted(Path(packaged.origin).parent.rglob("*.ttf")):
            font_manager.fontManager.addfont(path)
    installed = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in JAPANESE_FONTS if name in installed), None)
    if found is not None:
        plt.rcParams["font.family"] = [found, "DejaVu Sans"]
    return found


def plot_waterfall(
    explainer: Explainer, row: FloatArray, as_of: int, *, language: Language = "en", most: int = 10
) -> "Axes":
    """Draw how one lead's points add up, the weightiest concepts with their values in words.

    Parameters
    ----------
    explainer : Explainer
    row : ndarray of shape (n_features,)
        The lead's row of a snapshot.
    as_of : int
        Seconds since 1970 UTC.
    language : {"ja", "en"}
    most : int
        Concepts drawn by name; the others are added up.
    """
    import matplotlib.pyplot as plt
    import shap  # 2.5 s and 400 MB: only where somebody plots

    found = shap_by_concept(explainer, row[None], np.array([as_of]), language=language)[0]
    colon = ":" if language == "ja" else ": "
    found.feature_names = [
        _wrapped(f"{name}{colon}{said}", language)
        for name, said in zip(found.feature_names, found.data, strict=True)
    ]
    found.data = None
    average, this = float(found.base_values), float(found.base_values + found.values.sum())
    found.values = np.round(found.values, 1)  # shap writes each to two places
    axes = _begin()
    shap.plots.waterfall(found, max_display=most, show=False)
    for twin in plt.gcf().axes[1:]:
        twin.set_xticks([])  # f(x) and E[f(x)] in small grey letters: the title says them
    title = FROM_TO.read(language).format(average, this)
    axes.set_title(title.replace("-", "−"), loc="left")
    _rename(axes, language)
    return _end(axes, (12, 1.5 + 0.55 * most), xlabel=POINTS.read(language))


def plot_beeswarm(
    explainer: Explainer, matrix: FloatArray, *, language: Language = "en", most: int = 15
) -> "Axes":
    """Draw the points of many leads, one dot each, for the features that move most.

    Grey is what is neither large nor small: a category, what is unknown or never happened, and the
    sum of all other features.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    language : {"ja", "en"}
    most : int
        Features drawn.
    """
    import shap  # 2.5 s and 400 MB: only where somebody plots

    found = shap_by_feature(explainer, matrix, language)
    found.feature_names = [_wrapped(name, language) for name in found.feature_names]
    grey = np.array([f.is_category for f in explainer.catalogue])
    # shap colours the sum of all others by the values of the first of them.
    grey[np.abs(found.values).mean(axis=0).argsort()[::-1][most - 1 : most]] |= most < len(grey)
    found.data = np.where(grey, np.nan, found.data)
    axes = _begin()
    high, low = ("大きい", "小さい") if language == "ja" else ("high", "low")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")  # what is grey
        shap.plots.beeswarm(
            found,
            max_display=most,
            show=False,
            plot_size=None,
            color_bar_label=Text(ja="値", en="value").read(language),
        )
    bar = axes.figure.axes[-1]
    if bar is not axes:
        bar.set_yticks(bar.get_yticks(), [low, high])
    _rename(axes, language)
    return _end(axes, (10, 1.5 + 0.45 * most), xlabel=POINTS.read(language))


def plot_dependence(
    explainer: Explainer,
    matrix: FloatArray,
    feature: str,
    *,
    color: str | None = None,
    language: Language = "en",
) -> "Axes":
    """Draw the points of one feature against its values, one dot a lead.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    feature : str
        A name of the catalogue.
    color : str, optional
        Another one that colours the dots: where colours part, the two interact.
    language : {"ja", "en"}
    """
    import shap  # 2.5 s and 400 MB: only where somebody plots
    from matplotlib.ticker import MaxNLocator

    found = shap_by_feature(explainer, matrix, language)
    at = explainer.catalogue.index(feature)
    axes = _begin()
    other = None if color is None else found[:, explainer.catalogue.index(color)]
    shap.plots.scatter(found[:, at], color=other, ax=axes, show=False, hist=False)
    described = explainer.catalogue.features[at]
    if np.isnan(found.data[:, at]).any():  # shap's last marks, along the axis
        axes.collections[-1].set_label(words_of(described, np.nan).read(language))
        axes.legend()
    _say_values(axes.xaxis, described, language)
    if described.levels:
        codes = range(len(described.levels))
        _words_below(axes, codes, [words_of(described, code) for code in codes], language)
    elif np.array_equal(np.round(found.data[:, at]), found.data[:, at], equal_nan=True):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if color is not None:
        feature_of_color = explainer.catalogue.features[explainer.catalogue.index(color)]
        _say_values(axes.figure.axes[-1].yaxis, feature_of_color, language)
    axes.set_ylabel(POINTS.read(language))
    return _end(axes, (8, 4.5), xlabel=described.label.read(language))


def plot_partial_dependence(
    explainer: Explainer, matrix: FloatArray, feature: str, *, language: Language = "en"
) -> "Axes":
    """Draw the mean probability of leads over values of one feature.

    Parameters
    ----------
    explainer : Explainer
    matrix : ndarray of shape (n_leads, n_features)
    feature : str
        A name of the catalogue.
    language : {"ja", "en"}
    """
    found = partial_dependence(explainer, matrix, feature)
    axes = _begin()
    places = range(len(found.values))
    axes.plot(places, found.probability, "o-", color="#31688e")
    _words_below(axes, places, found.words, language)
    axes.set_ylim(0, 1.15 * found.probability.max())
    axes.yaxis.set_major_formatter(_per_cent())
    axes.set_ylabel(PROBABILITY.read(language))
    return _end(axes, (8, 4), xlabel=found.label.read(language))


def plot_interaction(found: Interaction, *, language: Language = "en") -> "Axes":
    """Draw what pairs of values say beyond their sum, as a map of cells.

    Parameters
    ----------
    found : Interaction
        From :func:`serving.reasons.exploring.dependence.interaction`.
    language : {"ja", "en"}
    """
    axes = _begin()
    size = max(float(np.abs(found.beyond).max()), 1.0)  # less than a point is shown as little
    drawn = axes.imshow(found.beyond, cmap="PuOr_r", vmin=-size, vmax=size, aspect="auto")
    for (i, j), value in np.ndenumerate(found.beyond):
        shade = "white" if abs(value) > 0.6 * size else "black"
        axes.text(j, i, signed(value, 1).en, ha="center", va="center", fontsize=8, color=shade)
    axes.figure.colorbar(drawn, label=BEYOND.read(language))
    _words_below(axes, range(found.beyond.shape[1]), found.second.words, language)
    rows = [words.read(language) for words in found.first.words]
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylabel(found.first.label.read(language))
    return _end(axes, (10, 1.5 + 0.4 * len(rows)), xlabel=found.second.label.read(language))


def _begin() -> "Axes":
    import matplotlib.pyplot as plt  # 0.5 s: only where somebody plots

    use_japanese_font()
    return plt.figure().gca()


def _end(axes: "Axes", size: tuple[float, float], *, xlabel: str) -> "Axes":
    import matplotlib.pyplot as plt  # 0.5 s: only where somebody plots

    axes.set_xlabel(xlabel)
    plt.gcf().set_size_inches(*size)
    plt.gcf().tight_layout()
    return axes


def _words_below(
    axes: "Axes", places: Sequence[float], words: Sequence[Text], language: Language
) -> None:
    said = [word.read(language) for word in words]
    # A Japanese letter takes twice the room of a Latin one.
    slanted = sum(1 + (ord(letter) > 255) for letter in "".join(said)) > 70
    side = "right" if slanted else "center"
    axes.set_xticks(list(places), said, rotation=30 if slanted else 0, ha=side)


def _say_values(axis: Any, feature: Feature, language: Language) -> None:
    """Numbers of an axis with their unit, as reasons say them."""
    if not feature.levels:
        axis.set_major_formatter(lambda value, _: words_of(feature, value).read(language))


def _rename(axes: "Axes", language: Language) -> None:
    """Say in the reader's language what shap calls the features it adds up."""
    labels = [
        re.sub(OTHERS, OTHERS_WORDS.read(language), label.get_text())
        for label in axes.get_yticklabels()
    ]
    axes.set_yticks(axes.get_yticks(), labels)


def _wrapped(words: str, language: Language) -> str:
    return "\n".join(textwrap.wrap(words, WIDTHS[language]))


def _per_cent() -> Any:
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(1.0, decimals=0)
