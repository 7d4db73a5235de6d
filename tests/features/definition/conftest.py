"""The shipped template, and a way to change it that fails when the text to change is gone."""

from collections.abc import Callable

import pytest

from features.definition import TEMPLATE

Edit = Callable[..., str]


@pytest.fixture(scope="session")
def edited() -> Edit:
    """Function of (old, new) pairs that gives the template with each old text replaced once."""
    template = TEMPLATE.read_text(encoding="utf-8")

    def edit(*changes: tuple[str, str]) -> str:
        text = template
        for old, new in changes:
            assert old in text, f"the template no longer holds {old!r}"
            text = text.replace(old, new, 1)
        return text

    return edit
