"""A table of deals tells opportunities by when deals began, and wins by how they closed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.core.errors import LeadDataError
from features.importing.proposal.column_guess import ColumnRole, Understanding
from features.importing.proposal.lead_times import lead_times
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.read_raw import read_raw
from features.importing.proposal.roles import understand
from features.importing.proposal.tables import Answers
from features.importing.proposal.writing.propose import propose

LEADS = "Lead ID,Created,Channel\n" + "".join(
    f"L{n:03d},2026-01-{n % 28 + 1:02d},{('web', 'ads')[n % 2]}\n" for n in range(120)
)


def read(folder: Path, *, step: int) -> Understanding:
    """Leads, of which every ``step``-th has a deal, and every other deal is won."""
    deals = "Deal ID,Lead ID,Create Date,Stage,Close Date\n" + "".join(
        f"D{n},L{n:03d},2026-02-{n % 28 + 1:02d},"
        + ("Won,2026-03-10\n" if n % (2 * step) == 0 else "Negotiation,\n")
        for n in range(0, 120, step)
    )
    (folder / "leads.csv").write_text(LEADS, encoding="utf-8")
    (folder / "deals.csv").write_text(deals, encoding="utf-8")
    return understand(list(read_raw([folder]).files))


def test_a_deal_is_an_opportunity_from_its_first_day(tmp_path: Path) -> None:
    found = read(tmp_path, step=3)
    proposal = propose(found)

    assert [(o.stage, o.column, o.time) for o in found.outcomes] == [
        ("opportunity", "Create Date", "Create Date"),
        ("won", "Stage", "Close Date"),
    ]
    assert int(found.won.sum()) == 40
    assert proposal.definition.outcome.stage == "opportunity"
    assert [c.header for c in found.of(ColumnRole.LEAK)] == ["Deal ID"]


def test_where_every_lead_has_a_deal_the_win_is_the_outcome(tmp_path: Path) -> None:
    found = read(tmp_path, step=1)

    assert [(o.stage, o.column) for o in found.outcomes] == [("won", "Stage")]


@pytest.mark.parametrize("header", ["Converted At", "Won Date"])
def test_a_date_that_every_lead_has_is_no_outcome(header: str, tmp_path: Path) -> None:
    rows = "".join(f"L{n},2026-01-{n % 28 + 1:02d},2026-03-01\n" for n in range(60))
    (tmp_path / "leads.csv").write_text(f"Lead ID,Created,{header}\n{rows}", encoding="utf-8")

    assert understand(list(read_raw([tmp_path]).files)).outcomes == ()


def flagged(folder: Path) -> list[LookedAt]:
    """Leads with a date, a yes or no and a word of which nothing says that they are results."""
    told = ("2026-03-01,yes", ",no", ",no")
    rows = "".join(
        f"L{n},2026-01-{n % 28 + 1:02d},{told[n % 3]},{('red', 'blue')[n % 2]}\n" for n in range(60)
    )
    (folder / "leads.csv").write_text(f"Lead ID,Created,Onboarded,Live,Colour\n{rows}", "utf-8")
    return list(read_raw([folder]).files)


@pytest.mark.parametrize(("header", "time"), [("Onboarded", "Onboarded"), ("Live", None)])
def test_a_column_that_people_name_is_the_outcome(
    header: str, time: str | None, tmp_path: Path
) -> None:
    found = understand(flagged(tmp_path), Answers(outcome=header))

    assert [(o.column, o.time, o.confidence) for o in found.outcomes] == [(header, time, 1.0)]
    assert int(found.won.sum()) == 20


def test_a_column_that_cannot_tell_the_outcome_is_not_taken_in_silence(tmp_path: Path) -> None:
    with pytest.raises(LeadDataError, match="words for won and lost; got 'Colour' with"):
        understand(flagged(tmp_path), Answers(outcome="Colour"))


ON_THE_WAY = (
    *("Qualified to Buy", "Contract Sent", "Decision Maker Bought-In", "契約書送付", "受注見込"),
)


def test_stages_that_sound_like_the_end_are_on_the_way(tmp_path: Path) -> None:
    stages = (*ON_THE_WAY, "Closed Won", "Closed Lost", "Contract Lost")
    rows = (
        f"D{n},L{n:03d},2026-02-{n % 28 + 1:02d},New Business,{stages[n % len(stages)]},"
        f"2026-03-10\n"
        for n in [*range(100), *range(50)]
    )
    deals = "Deal ID,Lead ID,Create Date,Deal Type,Deal Stage,Close Date\n" + "".join(rows)
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    (tmp_path / "deals.csv").write_text(deals.replace("New", "Old", 40), encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    (told,) = [outcome for outcome in found.outcomes if outcome.values]
    assert told.values == {"Closed Won": "won", "Closed Lost": "lost", "Contract Lost": "lost"}
    # A kind of deal is nothing that a lead did.
    assert found.of(ColumnRole.BEHAVIOUR) == ()


def test_a_deal_goes_before_a_qualification_and_its_value_is_no_attribute(tmp_path: Path) -> None:
    rows = "".join(
        f"L{n:03d},2026-01-{n % 28 + 1:02d},{('SMB', 'Enterprise')[n % 2]},"
        f"{'2026-02-01' if n % 3 == 0 else ''},"
        + (f"2026-02-15,{1000 + n}\n" if n % 6 == 0 else ",0\n")
        for n in range(300)
    )
    header = "Lead ID,Created,Company Segment,SQL Date,Opportunity Date,Worth\n"
    (tmp_path / "leads.csv").write_text(header + rows, encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    assert found.outcomes[0].column == "Opportunity Date"
    assert [c.header for c in found.of(ColumnRole.LEAK)] == ["SQL Date", "Worth"]
    assert [c.header for c in found.of(ColumnRole.ATTRIBUTE)] == ["Company Segment"]


def test_a_day_on_which_a_deal_may_close_is_not_how_far_the_data_reach(tmp_path: Path) -> None:
    deals = "Deal ID,Lead ID,Stage,Close Date\n" + "".join(
        f"D{n},L{n:03d}," + ("Closed Won,2026-03-10\n" if n % 2 else "Proposal,2026-09-30\n")
        for n in range(80)
    )
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    (tmp_path / "deals.csv").write_text(deals, encoding="utf-8")
    found = understand(list(read_raw([tmp_path]).files))
    end_of_2026 = datetime(2026, 12, 31, tzinfo=UTC).timestamp()

    until = lead_times(found, end_of_2026).until

    assert datetime.fromtimestamp(until, UTC).date().isoformat() == "2026-03-10"


def test_a_date_that_only_the_won_have_is_the_day_of_a_yes(tmp_path: Path) -> None:
    enrolled = "Lead ID,Enrolled,Date Enrolment,Fee\n" + "".join(
        f"L{n:03d},Yes,2026-02-{n % 28 + 1:02d},900\n" if n % 4 == 0 else f"L{n:03d},No,,\n"
        for n in range(120)
    )
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    (tmp_path / "enrolment.csv").write_text(enrolled, encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    assert [(o.column, o.time) for o in found.outcomes] == [("Enrolled", "Date Enrolment")]


def test_days_of_winning_and_of_losing_may_have_a_column_each(tmp_path: Path) -> None:
    ends = ("Won,2026-03-10,", "Lost,,2026-03-12", "Open,,")
    deals = "Deal ID,Lead ID,商談開始日,Status,Won time,Lost time\n" + "".join(
        f"D{n},L{n:03d},2026-02-{n % 28 + 1:02d},{ends[n % 3]}\n" for n in range(60)
    )
    (tmp_path / "leads.csv").write_text(LEADS, encoding="utf-8")
    (tmp_path / "deals.csv").write_text(deals, encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    assert [(o.stage, o.column, o.time, o.values) for o in found.outcomes] == [
        ("opportunity", "商談開始日", "商談開始日", {}),
        ("won", "Status", "Won time", {"Won": "won"}),
        ("lost", "Lost time", "Lost time", {}),
    ]


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Konvertiert am", ColumnRole.OUTCOME),
        ("Person - Open deals", ColumnRole.LEAK),
        ("Number of Associated Deals", ColumnRole.LEAK),
    ],
)
def test_what_counts_deals_or_dates_a_conversion_is_no_attribute(
    header: str, role: ColumnRole, tmp_path: Path
) -> None:
    dated = header.endswith("am")
    rows = "".join(
        f"L{n},2026-01-{n % 28 + 1:02d},"
        f"{('' if n % 3 else '2026-03-01') if dated else n % 2},{('', '2026-04-01')[n % 4 == 0]}\n"
        for n in range(120)
    )
    other = "Note date" if dated else "Won Date"
    text = f"Lead ID,Created,{header},{other}\n{rows}"
    (tmp_path / "leads.csv").write_text(text, encoding="utf-8")

    found = understand(list(read_raw([tmp_path]).files))

    assert next(c.role for c in found.columns if c.header == header) == role
