"""Model against rulebook in a review: both sides of every disagreement are counted and shown."""

from dataclasses import replace

from serving.review.figures.model_vs_rulebook import MOST_OF_A_CELL, _some_of_each
from serving.review.labels import Labels
from serving.review.model_sections import against_section
from serving.review.records import AgainstRulebook, Review, TalkedAbout
from training.results.comparison_records import Comparison
from training.results.disagreement_records import Disagreement, DisagreementCell

COUNTS = {
    ("model", True): 74,
    ("model", False): 816,
    ("rulebook", True): 32,
    ("rulebook", False): 1_892,
}


def _talked_about(number: int, found_by: str, *, converted: bool) -> TalkedAbout:
    return TalkedAbout(
        lead_id=f"L{number}",
        team=None,
        found_by=found_by,
        as_of=1_780_000_000,
        converted=converted,
        probability=0.2,
        rulebook_points=5.0,
        rules=(),
        concepts=(),
    )


def _against() -> AgainstRulebook:
    empty = Comparison(
        n_leads=0, n_groups=0, n_converted=0, first_as_of=0, last_as_of=0, months=3.0, pairs=()
    )
    return AgainstRulebook(
        release_id="r",
        comparison=empty,
        cells=tuple(
            DisagreementCell(found_by=by, converted=converted, n_leads=n)
            for (by, converted), n in COUNTS.items()
        ),
        disagreements=tuple(
            _talked_about(n, by, converted=came) for n, (by, came) in enumerate(COUNTS)
        ),
    )


def test_the_four_cells_of_disagreement_are_counted(review: Review, thirty_definition) -> None:
    compared = replace(review, against_rulebook=_against())

    section = against_section(compared, Labels(thirty_definition), lambda _: True)

    counted = next(g for g in section.tables if g.title.en == "MQL by only one of the two")
    shown = [[cell.read("en") for cell in row.cells] for row in counted.rows]
    assert [row[:3] for row in shown] == [
        ["Model only", "74", "816"],
        ["Rulebook only", "32", "1,892"],
    ]
    # 74 of 890 and 32 of 1,924.
    assert [row[3][:4] for row in shown] == ["8.3%", "1.7%"]
    named = next(g for g in section.tables if g.title.en.startswith("Disagreements"))
    assert len(named.rows) == len(COUNTS)


def _disagreement(found_by: str, *, converted: bool) -> Disagreement:
    return Disagreement(
        lead_id="L",
        found_by=found_by,
        as_of=0,
        converted=converted,
        right="model" if (found_by == "model") == converted else "rulebook",
        probability=0.2,
        rulebook_points=0.0,
        rules=(),
        concepts=(),
        teaches=0.1,
    )


def test_a_meeting_is_shown_as_many_of_each_kind() -> None:
    known = [_disagreement("model", converted=True) for _ in range(10)]
    known += [_disagreement("rulebook", converted=False) for _ in range(2)]

    kinds = [(one.found_by, one.converted) for one in _some_of_each(known)]

    assert kinds == [("model", True)] * MOST_OF_A_CELL + [("rulebook", False)] * 2
