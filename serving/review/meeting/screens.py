"""The meeting in six screens, and one for a trial: one figure, sentence and chart each.

The first sums up, the next four ask the questions of the meeting in their order, the last looks at
the next agreement. Everything else stands under "the figures in detail".
"""

from dataclasses import dataclass, replace

from features.core import formats
from features.core.qualification import Qualification
from features.core.text import Text
from features.definition import LeadDefinition
from serving.review import figure_cells
from serving.review.kpi_sections import kpi_sentences
from serving.review.labels import STAGES, Labels
from serving.review.lead_sections import (
    CONVERTED,
    EASY,
    NO_RELEASE,
    Sees,
    clear_lines,
    contrast_table,
    converted_sides,
    easy_sides,
    missing_table,
    near_line,
)
from serving.review.model_sections import ONLY, POLICIES, conclusions
from serving.review.records import AgainstRulebook, Review
from serving.review.trial_section import DETAIL, HEADING, difference_of
from training.reports.document import cells
from training.reports.document.blocks import Cell, Chart, Column, Row, Table
from training.reports.trial_document import looks_table, verdict_words
from training.results.comparison_records import Matching

MOST_BARS = 7
"""Rows of a chart that a room reads from its last chair."""

MONTH = Column(label=Text(ja="月", en="Month"), is_words=True)
NO_FIGURE = formats.same("–")


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What the room looks at before it decides one thing.

    Attributes
    ----------
    name : str
        Its anchor, and what its decisions are kept under.
    figure : Text
        The one that matters.
    counted : Text
        What the figure counts.
    leads : str or None
        The leads behind the figure, as the review calls them; None where it counts none.
    detail : str
        Section of the details with tables and intervals.
    table : Table or None
        What the chart draws; None where there is nothing to draw.
    cells : tuple of DisagreementView
        Of the last screen: the four cells of disagreement.
    """

    name: str
    heading: Text
    figure: Text
    counted: Text
    leads: str | None
    sentence: Text
    detail: str
    table: Table | None = None
    cells: tuple["DisagreementView", ...] = ()


@dataclass(frozen=True, kw_only=True)
class DisagreementView:
    """One of the four cells: who alone would have handed over, and what became of the leads."""

    title: Text
    n_leads: int
    lead_ids: tuple[str, ...]


SCREENS = ("summary", "trend", "in-common", "easy-to-act-on", "nurture", DETAIL, "agreement")
"""Names of the screens, in the order of the meeting."""


def meeting_screens(
    review: Review, definition: LeadDefinition, *, sees: Sees
) -> tuple[Screen, ...]:
    """The six screens of a month's meeting, and one for the trial that ran in it.

    Parameters
    ----------
    review : Review
    definition : LeadDefinition
        Names what the review counts.
    sees : callable
        Whether the reader sees single leads of a team.
    """
    labels = Labels(definition)
    return (
        _summary(review, definition),
        _trend(review, labels),
        _in_common(review, labels),
        _easy(review, labels),
        _nurture(review, labels),
        *_trial(review, definition),
        _agreement(review, sees),
    )


def _summary(review: Review, definition: LeadDefinition) -> Screen:
    with_target = [line for line in review.kpis if line.target is not None and line.measured]
    known = [line for line in with_target if line.is_met is not None]
    n_met = sum(line.is_met is True for line in known)
    said = kpi_sentences(review.kpis, definition)
    return Screen(
        name="summary",
        heading=Text(ja="まとめ", en="Summary"),
        figure=formats.same(f"{n_met} / {len(known)}"),
        counted=Text(
            ja="達成した目標(判断できるもの)", en="targets met, of those that can be told"
        ),
        leads=None,
        sentence=_joined(said),
        detail="kpis",
    )


def _trend(review: Review, labels: Labels) -> Screen:
    months = review.months
    now, before = months[-1].n_handed_over, months[-2].n_handed_over
    mean = sum(line.n_handed_over for line in months) / len(months)
    open_months = sum(not line.matured for line in months)
    stage = STAGES[review.outcome_stage]
    sentence = Text(
        ja=f"前月は{before:,}件、12か月の平均は{mean:,.0f}件。",
        en=f"{before:,} the month before; {mean:,.0f} on average over twelve months.",
    )
    if open_months:
        note = Text(
            ja=f"網かけの{open_months}か月は成果がまだ増えます。",
            en=f"Outcomes of the {open_months} shaded months can still grow.",
        )
        sentence = _joined([sentence, note])
    rest = Text(ja="まだ・ならなかった", en="Not, or not yet")
    table = Table(
        columns=(MONTH, Column(label=labels.outcome()), Column(label=rest)),
        rows=tuple(
            Row(
                cells=(
                    cells.word(formats.same(line.month.name)),
                    cells.count(line.converted),
                    cells.count(line.n_handed_over - line.converted),
                ),
                pending=not line.matured,
            )
            for line in months
        ),
        charts=(
            Chart(
                kind="columns",
                title=Text(
                    ja=f"月ごとの引き渡し(件)と、そのうちの{stage.ja}",
                    en=f"Leads handed over by month, and how many of them: {stage.en.lower()}",
                ),
                columns=(1, 2),
            ),
        ),
    )
    return Screen(
        name="trend",
        heading=Text(ja="引き渡したリードの傾向", en="Trend of the leads handed over"),
        figure=formats.count(now).value,
        counted=Text(ja="件を引き渡し", en="leads handed over"),
        leads="mql_count",
        sentence=sentence,
        detail="trend",
        table=table,
    )


def _in_common(review: Review, labels: Labels) -> Screen:
    found = review.converted
    stage = STAGES[review.outcome_stage]
    return Screen(
        name="in-common",
        heading=Text(ja="成果につながったリードの共通点", en="What converted leads have in common"),
        figure=NO_FIGURE if found is None else formats.count(found.n_first).value,
        counted=Text(ja=f"件が月内に{stage.ja}", en="leads converted in the month"),
        leads=None if found is None else "converted",
        sentence=NO_RELEASE if found is None else _joined(clear_lines(found, labels)),
        detail="in-common",
        table=None
        if found is None
        else _first_rows(contrast_table(found, labels, converted_sides(stage), behind=CONVERTED)),
    )


def _easy(review: Review, labels: Labels) -> Screen:
    found = review.verdicts
    easy = figure_cells.share(found.easy)
    table = _reason_bars(review, labels)
    said: tuple[Text, ...] = ()
    if found.contrast is not None:
        said = clear_lines(found.contrast, labels)
        table = contrast_table(found.contrast, labels, easy_sides(found), behind=EASY) or table
    answers = Text(
        ja=f"回答{found.n_accepted + found.n_returned:,}件(受け入れ{found.n_accepted:,}、"
        f"差し戻し{found.n_returned:,})。",
        en=f"{found.n_accepted + found.n_returned:,} answers: {found.n_accepted:,} accepted, "
        f"{found.n_returned:,} returned.",
    )
    return Screen(
        name="easy-to-act-on",
        heading=Text(ja="営業が動きやすかったリード", en="What sales found easy to act on"),
        figure=easy.shown,
        counted=Text(ja="が「動きやすかった」", en="were easy to act on"),
        leads="easy" if found.easy.n else None,
        sentence=_joined([answers, *said]),
        detail="easy-to-act-on",
        table=_first_rows(table),
    )


def _reason_bars(review: Review, labels: Labels) -> Table | None:
    """How often sales gave each reason."""
    title = Text(ja="営業が挙げた理由(件)", en="Reasons that sales gave (leads)")
    rows = tuple(
        Row(cells=(cells.word(labels.reason(one.stage, one.reason)), cells.count(one.n)))
        for one in review.verdicts.reasons
    )
    if not rows:
        return None
    return Table(
        columns=(Column(label=title, is_words=True), Column(label=title)),
        rows=rows,
        charts=(Chart(kind="bars", title=title, columns=(1,)),),
    )


def _nurture(review: Review, labels: Labels) -> Screen:
    found = review.nurture
    return Screen(
        name="nurture",
        heading=Text(ja="来月育てたいリード", en="What to nurture next month"),
        figure=NO_FIGURE if found is None else formats.count(found.n_near).value,
        counted=Text(ja="件が基準まであと一歩", en="leads just below the cut-off"),
        leads=None if found is None else "near",
        sentence=NO_RELEASE if found is None else near_line(found),
        detail="nurture",
        table=None if found is None else _first_rows(_most_first(missing_table(found, labels))),
    )


def _trial(review: Review, definition: LeadDefinition) -> tuple[Screen, ...]:
    """What the trial shows so far, and what would be decided today; nothing without one."""
    report = review.trial
    if report is None:
        return ()
    figure, counted = difference_of(report)
    table = looks_table(report, report.comparisons[0], definition.zone)
    newest = tuple(row for row in table.rows if row.cells[1].number is not None)[-MOST_BARS:]
    screen = Screen(
        name=DETAIL,
        heading=HEADING,
        figure=figure,
        counted=counted,
        leads=None,
        sentence=verdict_words(report, definition.zone),
        detail=DETAIL,
        table=replace(table, rows=newest) if newest else None,
    )
    return (screen,)


def _agreement(review: Review, sees: Sees) -> Screen:
    found = review.against_rulebook
    nothing = Text(
        ja="モデルとルールブックの比較はまだありません。",
        en="Model and rulebook have not been compared yet.",
    )
    said = () if found is None else conclusions(found.comparison)
    return Screen(
        name="agreement",
        heading=Text(ja="次の合意", en="The next agreement"),
        figure=NO_FIGURE if found is None else _ahead(found),
        counted=Text(
            ja="同じ件数のMQLから得られる成果の差(モデル−ルールブック)",
            en="outcomes more by the model, from as many MQLs",
        ),
        leads=None,
        sentence=_joined(said) if said else nothing,
        detail="model-and-rulebook",
        table=None if found is None else _by_volume(found),
        cells=() if found is None else _four_cells(found, sees),
    )


def _ahead(found: AgainstRulebook) -> Text:
    pair = found.comparison.pair(Qualification.MQL, Matching.HINDSIGHT)
    if pair is None:
        return NO_FIGURE
    return formats.signed(pair.model.n_caught - pair.rulebook.n_caught, 0).value


def _by_volume(found: AgainstRulebook) -> Table | None:
    """Outcomes of both at equal volume, a bar each."""
    rows = []
    for level in Qualification:
        pair = found.comparison.pair(level, Matching.HINDSIGHT)
        if pair is None:
            continue
        for name, result in (("model", pair.model), ("rulebook", pair.rulebook)):
            who = POLICIES[name]
            volume = f"{level.name} {result.n_handed_over:,}"
            label = Text(ja=f"{who.ja}({volume}件)", en=f"{who.en} ({volume})")
            caught = replace(
                cells.count(result.n_caught), tone="muted" if name == "rulebook" else ""
            )
            rows.append(Row(cells=(cells.word(label), caught)))
    if not rows:
        return None
    title = Text(ja="引き渡した件数のうちの成果(件)", en="Outcomes among the leads handed over")
    return Table(
        columns=(Column(label=title, is_words=True), Column(label=title)),
        rows=tuple(rows),
        charts=(Chart(kind="bars", title=title, columns=(1,)),),
    )


def _four_cells(found: AgainstRulebook, sees: Sees) -> tuple[DisagreementView, ...]:
    became = {
        True: Text(ja="成果あり", en="converted"),
        False: Text(ja="成果なし", en="did not convert"),
    }
    views = []
    for cell in found.cells:
        who, what = ONLY[cell.found_by], became[cell.converted]
        named = (
            one.lead_id
            for one in found.disagreements
            if (one.found_by, one.converted) == (cell.found_by, cell.converted) and sees(one.team)
        )
        views.append(
            DisagreementView(
                title=Text(ja=f"{who.ja}: {what.ja}", en=f"{who.en}: {what.en}"),
                n_leads=cell.n_leads,
                lead_ids=tuple(named),
            )
        )
    return tuple(views)


def _first_rows(table: Table | None) -> Table | None:
    """The rows that fit on a screen, of the table's first chart."""
    if table is None:
        return None
    chart = table.charts[0]
    drawn = [row for row in table.rows if _number(row, chart.columns[0]) is not None]
    return replace(table, rows=tuple(drawn[:MOST_BARS]), charts=(chart,))


def _most_first(table: Table) -> Table:
    """The rows by the figure that the first chart draws, the largest first."""
    column = table.charts[0].columns[0]
    rows = sorted(table.rows, key=lambda row: -(_number(row, column) or 0.0))
    return replace(table, rows=tuple(rows))


def _number(row: Row, column: int) -> float | None:
    found: Cell = row.cells[column]
    return found.number


def _joined(said: "list[Text] | tuple[Text, ...]") -> Text:
    """Sentences one after the other."""
    return Text(
        ja="".join(one.ja if one.ja.endswith("。") else f"{one.ja}。" for one in said) or "–",
        en=" ".join(one.en if one.en.endswith(".") else f"{one.en}." for one in said) or "–",
    )
