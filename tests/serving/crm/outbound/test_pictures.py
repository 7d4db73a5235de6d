"""The pictures of the docs are those of the contract servers' records."""

from tests.contract.picture import PICTURES, pictures


def test_pictures_show_the_records_as_they_are_written_now() -> None:
    drawn = pictures()

    assert {path.name for path in PICTURES.glob("*.svg")} == set(drawn)
    for file, text in drawn.items():
        assert (PICTURES / file).read_text(encoding="utf-8") == text
