"""How the simulated company's people write values: the text of every fact."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from training.simulation.behaviour import codes
from training.simulation.behaviour import hazards as h
from training.simulation.behaviour.state import Records
from training.simulation.records import words
from training.simulation.records.titles import TITLES

Texts = npt.NDArray[np.object_]

FULL_WIDTH: Final = str.maketrans("0123456789,", "０１２３４５６７８９，")


def write_values(facts: Records, rng: np.random.Generator) -> Texts:
    """Texts of facts, each in one of the ways in which people write it.

    Parameters
    ----------
    facts : ndarray of shape (n_facts,)
        Journal rows of kind FACT; channel and e-mail domain are written elsewhere.

    Returns
    -------
    ndarray of shape (n_facts,)
    """
    texts = np.empty(len(facts), dtype=object)
    way = rng.integers(1_000_000, size=len(facts))
    for attribute, write in _WRITERS.items():
        rows = np.flatnonzero(facts["code"] == attribute)
        values = facts["value"][rows].astype(np.int64)
        texts[rows] = [
            write(value, choice)
            for value, choice in zip(values.tolist(), way[rows].tolist(), strict=True)
        ]
    return texts


def _write_size(employees: int, way: int) -> str:
    forms = (f"{employees}", f"{employees:,}名", f"約{employees}人")
    text = forms[(0, 0, 0, 1, 2)[way % 5]]
    return text.translate(FULL_WIDTH) if way % 97 == 0 else text


def _write_budget(jpy: int, way: int) -> str:
    ten_thousands = jpy // 10_000
    forms = (f"{ten_thousands}万円", f"{jpy:,}", f"¥{jpy:,}", f"{ten_thousands:,}万円程度")
    text = forms[(0, 0, 0, 1, 2, 3)[way % 6]]
    return text.translate(FULL_WIDTH) if way % 89 == 0 else text


def _choose(ways: tuple[str, ...], way: int) -> str:
    # The first way is the commonest.
    return ways[0] if way % 2 else ways[way // 2 % len(ways)]


_WRITERS: dict[int, Callable[[int, int], str]] = {
    codes.INDUSTRY: lambda code, _: words.INDUSTRY_WORDS[h.INDUSTRY_NAMES[code]],
    codes.COMPANY_SIZE: _write_size,
    codes.JOB_TITLE: lambda code, _: TITLES[code][0],
    codes.DEPARTMENT: lambda code, _: words.DEPARTMENT_WORDS[h.DEPARTMENT_NAMES[code]],
    codes.PAIN_POINT: lambda _, way: words.PAIN_POINTS[way % len(words.PAIN_POINTS)],
    codes.PURCHASE_TIMING: lambda months, way: _choose(words.TIMING_WORDS[months], way),
    codes.BUDGET: _write_budget,
    codes.DECISION_MAKER: lambda decides, _: "はい" if decides else "いいえ",
}
