"""Opportunity lines: several rows for one lead, each with its own fate."""

from features.core.clock import from_second
from tests.features.importing.desk import Desk

LINES = """
format: 1
time_zone: UTC
files:
  - match: deals*.csv
    lead_id: account
    lead: {created_at: {column: opened, take: first}}
    outcomes:
      - {stage: opportunity, occurred_at: opened}
      - stage: {column: status, values: {Won: won, Lost: lost}}
        occurred_at: closed
        value: amount
"""
HEADER = "deal,account,opened,status,closed,amount\n"


def _desk(small_desk: Desk, mapping: str = LINES) -> Desk:
    return Desk(
        folder=small_desk.folder,
        store=small_desk.store,
        definition=small_desk.definition,
        mapping=mapping,
    )


def _outcomes(desk: Desk) -> list[tuple[str, str, str, float | None]]:
    return [
        (
            row["lead_id"],
            row["stage"],
            from_second(row["occurred_at"]).strftime("%Y-%m-%d"),
            row["value"],
        )
        for row in desk.rows("outcome")
    ]


def test_every_line_of_a_lead_counts(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(
        deals=HEADER
        + "d1,Acme,2024-05-10,Won,2024-06-01,100\nd2,Acme,2024-04-01,Lost,2024-05-01,\n"
        + "d3,Acme,2024-07-01,,,\nd4,Beta,2024-05-02,,,\n"
    )

    assert desk.rejects == []
    assert len(desk.rows("lead")) == 2
    assert from_second(desk.rows("lead")[0]["created_at"]).strftime("%Y-%m-%d") == "2024-04-01"
    assert _outcomes(desk) == [
        ("Acme", "lost", "2024-05-01", None),
        ("Acme", "opportunity", "2024-04-01", None),
        ("Acme", "opportunity", "2024-05-10", None),
        ("Acme", "opportunity", "2024-07-01", None),
        ("Acme", "won", "2024-06-01", 100.0),
        ("Beta", "opportunity", "2024-05-02", None),
    ]
    assert report.rejected == 0


def test_two_deals_of_one_day_leave_out_what_differs_alone(small_desk: Desk) -> None:
    desk = _desk(small_desk)

    report = desk.bring_in(
        deals=HEADER
        + "d1,Acme,2024-05-10,Won,2024-06-01,100\nd2,Acme,2024-05-20,Won,2024-06-01,250\n"
    )

    assert [entry[1:4] for entry in desk.rejects] == [("3", "amount", "250")]
    assert "the first counts" in desk.rejects[0][4]
    assert [row[1:3] for row in _outcomes(desk)] == [
        ("opportunity", "2024-05-10"),
        ("opportunity", "2024-05-20"),
        ("won", "2024-06-01"),
    ]
    (file,) = report.files
    assert (file.rejected, file.parts_left_out) == (0, 1)
    assert all(
        count.read == count.stored + count.unchanged + count.rejected for count in report.tables
    )
