"""docs/architecture.md says what is there."""

from tests.house.architecture import table, told


def test_the_table_of_rooms_is_that_of_the_tree() -> None:
    assert told() == table(), "rewrite it: python -m tests.house.architecture"
