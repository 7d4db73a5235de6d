"""The first half of a review in words: KPIs of both teams, the year, what was handed over."""

from dataclasses import dataclass, replace
from datetime import date

from features.core.estimate import Measured
from features.core.formats import calendar_date, day_of, length, same
from features.core.text import Text
from features.definition import LeadDefinition
from features.definition.targets import MONTHS_PER, targets_beyond_capacity
from serving.review import figure_cells
from serving.review.figures.counted import SMALLEST_RANKED, Proportion
from serving.review.figures.kpi_lines import kpi_label
from serving.review.figures.kpis import MEASURES
from serving.review.labels import BY_WHOM, STAGES, TEAMS, Labels
from serving.review.populations import population_words
from serving.review.records import (
    FunnelStep,
    Group,
    HandOversBy,
    KpiLine,
    MonthHandOvers,
    MonthLine,
    Review,
)
from training.reports.document import cells
from training.reports.document.blocks import Cell, Chart, Column, Row, Section, Table, columns
from training.results.backtest_records import Range

MEASURE = Column(label=Text(ja="指標", en="Measure"), is_words=True)
PENDING_NOTE = Text(
    ja="網かけの月は成果がまだ出そろっていません。「見込み」は期間が過ぎたときの最終値で、"
    "100回中90回はこの範囲に入ると見ています。",
    en="Shaded months can still change. Expected is their final value once the horizon has passed, "
    "with a range meant to hold nine times in ten.",
)

MQLS = Text(ja="MQL(SQL候補を含む)", en="MQLs (SQL candidates included)")
"""Whoever reached the MQL cut-off: that many are handed over, and so the KPI counts."""


def kpi_section(review: Review, definition: LeadDefinition) -> Section:
    """KPIs of both teams side by side."""
    month = review.month.label
    as_of = AsOf.of(review, definition)
    columns = (
        MEASURE,
        Column(label=Text(ja="目標", en="Target")),
        *as_of.columns,
        Column(label=Text(ja="最終見込み", en="Expected")),
        Column(label=Text(ja="前月", en="Previous month")),
    )
    tables = tuple(
        Table(
            title=label,
            columns=columns,
            rows=tuple(
                _kpi_row(line, definition, as_of) for line in review.kpis if line.team == team
            ),
        )
        for team, label in TEAMS.items()
    )
    return Section(
        name="kpis",
        heading=Text(ja="両チームのKPI", en="KPIs of both teams"),
        question=Text(
            ja=f"{month.ja}の目標と実績。指標の下に、どのリードを数えたかを示します。",
            en=f"Targets and results of {month.en}. Below each measure stands which leads it "
            "counts.",
        ),
        lines=tuple(kpi_sentences(review.kpis, definition)),
        tables=tables,
    )


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """The instants figures are given for: the month's end and now, or now alone.

    While the tables do not reach beyond the month both are the same, and one column says so.

    Attributes
    ----------
    month_end, now : date
        Last day of the month, and the last day that the tables reach.
    """

    month_end: date
    now: date

    @classmethod
    def of(cls, review: Review, definition: LeadDefinition) -> "AsOf":
        """The instants of a review."""
        zone = definition.zone
        # As the head of the report says it: the newest row itself lies a second before.
        now = day_of(review.known_before - 1, zone)
        return cls(month_end=day_of(review.month.end(zone), zone), now=now)

    @property
    def is_one(self) -> bool:
        """Whether nothing is known yet from after the month."""
        return self.now <= self.month_end

    @property
    def columns(self) -> tuple[Column, ...]:
        """Heads of their columns."""
        end, now = calendar_date(self.month_end), calendar_date(self.now)
        if self.is_one:
            return (Column(label=Text(ja=f"現在({now.ja})", en=f"Now ({now.en})")),)
        return (
            Column(label=Text(ja=f"月末時点({end.ja})", en=f"Month-end ({end.en})")),
            Column(label=Text(ja=f"現在({now.ja})", en=f"Now ({now.en})")),
        )

    def cells(self, then: Cell, now: Cell) -> tuple[Cell, ...]:
        """A figure at both instants."""
        return (now,) if self.is_one else (then, now)


def _kpi_row(line: KpiLine, definition: LeadDefinition, as_of: AsOf) -> Row:
    label = kpi_label(line.name, definition.kpis)
    if not line.measured:
        unmeasured = Text(ja="Awaseでは測れません", en="not measured by Awase")
        blank = (cells.NOTHING,) * (len(as_of.columns) + 1)
        return Row(
            cells=(
                cells.word(label),
                figure_cells.target(line.target, line.kind, at_most=line.at_most),
                cells.word(unmeasured, tone="muted"),
                *blank,
            )
        )
    now = figure_cells.figure(line.now, line.kind)
    tone = {True: "good", False: "bad", None: ""}[line.is_met]
    agreed = next((kpi for kpi in definition.kpis if kpi.name == line.name), None)
    population = population_words(
        MEASURES[line.name].population, MONTHS_PER[None if agreed is None else agreed.per]
    )
    return Row(
        cells=(
            replace(cells.word(label), detail=population),
            figure_cells.target(line.target, line.kind, at_most=line.at_most),
            *as_of.cells(
                replace(
                    figure_cells.figure(line.at_month_end, line.kind),
                    counts=f"{line.name}:month-end",
                ),
                replace(now, tone=tone, counts=line.name),
            ),
            figure_cells.expected(line.expected, kind=line.kind),
            replace(figure_cells.figure(line.before, line.kind), counts=f"{line.name}:before"),
        ),
        pending=not line.matured,
    )


def kpi_sentences(lines: tuple[KpiLine, ...], definition: LeadDefinition) -> list[Text]:
    """Say which KPIs met their targets, which missed them, and which cannot be told yet."""
    with_target = [line for line in lines if line.target is not None and line.measured]
    met = [line for line in with_target if line.is_met]
    beyond = [line for line in with_target if line.is_beyond]
    missed = [line for line in with_target if line.is_met is False and not line.is_beyond]
    open_still = [line for line in with_target if line.is_met is None]
    said = []
    for found, ja, en in (
        (met, "目標達成", "On target"),
        (missed, "未達", "Short of target"),
        (beyond, "合意した上限を超過", "More than was agreed"),
        (open_still, "まだ判断できない", "Too early to say"),
    ):
        labels = [kpi_label(line.name, definition.kpis) for line in found]
        if labels:
            said.append(
                Text(
                    ja=f"{ja}: {'、'.join(label.ja for label in labels)}",
                    en=f"{en}: {', '.join(label.en for label in labels)}",
                )
            )
    said += [one.sentence for one in targets_beyond_capacity(definition)]
    return said


def trend_section(review: Review, labels: Labels) -> Section:
    """The funnel and twelve months."""
    outcome = labels.outcome()
    return Section(
        name="trend",
        heading=Text(ja="ファネルと12か月の推移", en="Funnel and twelve months"),
        question=Text(
            ja="引き渡したリードのその後。成果は引き渡しからの期間内に起きたものだけを数えます。",
            en="What became of the leads handed over. Outcomes count within the horizon of the "
            "hand-over.",
        ),
        tables=(
            _funnel(review.funnel, outcome, AsOf.of(review, labels.definition)),
            _year(review.months, outcome),
        ),
    )


def _year(months: tuple[MonthLine, ...], outcome: Text) -> Table:
    """Volumes, rates, and what is expected of months not matured."""
    rate = Text(ja=f"{outcome.ja}率", en=f"{outcome.en}, share")
    columns = (
        Column(label=Text(ja="月", en="Month"), is_words=True),
        Column(label=Text(ja="獲得(全リード)", en="Created (all leads)")),
        Column(label=MQLS),
        Column(label=Text(ja="うちSQL候補", en="Of these SQL candidates")),
        Column(label=STAGES["accepted"]),
        Column(label=STAGES["returned"]),
        Column(label=outcome),
        Column(label=rate),
        Column(label=Text(ja="最終見込み", en="Expected")),
        Column(label=Text(ja="率の最終見込み", en="Expected share")),
        Column(label=STAGES["won"]),
    )
    rows = tuple(_month_row(line) for line in months)
    return Table(
        title=Text(
            ja="12か月の推移: 各月に引き渡したリードのその後",
            en="Twelve months: what became of the leads handed over in each",
        ),
        columns=columns,
        rows=rows,
        charts=(
            Chart(
                kind="rates",
                title=Text(
                    ja="引き渡し後の成果率(95%区間、点線は見込みの範囲)",
                    en="Share with the outcome (95% interval; dashed: expected)",
                ),
                columns=(7, 9),
            ),
            Chart(
                kind="columns",
                title=Text(ja=f"引き渡し数: {MQLS.ja}", en=f"Handed over: {MQLS.en}"),
                columns=(2,),
            ),
        ),
        note=PENDING_NOTE,
    )


def _month_row(line: MonthLine) -> Row:
    n, month = line.n_handed_over, line.month.name
    share = figure_cells.share(Proportion(n=line.converted, of=n))
    of_range = None
    if line.expected is not None and n >= SMALLEST_RANKED:
        final = line.expected
        of_range = Range(expected=final.expected / n, low=final.low / n, high=final.high / n)
    return Row(
        cells=(
            cells.word(same(month)),
            cells.count(line.n_created, counts=f"{month}:created"),
            cells.count(n, counts=f"{month}:handed_over"),
            cells.count(line.n_sql, counts=f"{month}:sql"),
            cells.count(line.n_accepted, counts=f"{month}:accepted"),
            cells.count(line.n_returned, counts=f"{month}:returned"),
            cells.count(line.converted, counts=f"{month}:converted"),
            share,
            figure_cells.expected(line.expected),
            figure_cells.expected(of_range, kind="share"),
            cells.count(line.n_won, counts=f"{month}:won"),
        ),
        pending=not line.matured,
    )


def _funnel(steps: tuple[FunnelStep, ...], outcome: Text, as_of: AsOf) -> Table:
    names = {
        "handed_over": Text(ja="引き渡し", en="Handed over"),
        "acted": Text(ja="営業が対応", en="Contacted by sales"),
        "accepted": STAGES["accepted"],
        "converted": outcome,
        "won": STAGES["won"],
    }
    return Table(
        title=Text(ja="この月に引き渡したリード", en="Leads handed over in the month"),
        columns=(
            Column(label=Text(ja="段階", en="Step"), is_words=True),
            as_of.columns[-1],
            Column(label=Text(ja="引き渡しに対する割合", en="Of those handed over")),
            *as_of.columns[:-1],
        ),
        rows=tuple(_step_row(step, names[step.name], as_of) for step in steps),
        charts=(
            Chart(kind="bars", title=Text(ja="ファネル(件数)", en="Funnel (leads)"), columns=(1,)),
        ),
        note=Text(
            ja="段階を飛ばすリードもあるため、それぞれ単独で数えています。",
            en="Each step counts on its own, since a lead may skip one.",
        ),
    )


def _step_row(step: FunnelStep, name: Text, as_of: AsOf) -> Row:
    now = cells.count(step.now.n, counts=f"now:{step.name}")
    then = cells.count(step.at_month_end.n, counts=f"then:{step.name}")
    share = cells.NOTHING if step.name == "handed_over" else figure_cells.share(step.now)
    return cells.row(name, now, share, *(() if as_of.is_one else (then,)))


def handed_over_section(review: Review, labels: Labels) -> Section:
    """What was handed over, and how long it waited."""
    found = review.handed_over
    before = review.months[-2].n_handed_over
    n_sql = dict(found.by_qualification).get("SQL", 0)
    lines = [
        Text(
            ja=f"引き渡し{found.n:,}件(前月{before:,}件)。うちSQL候補{n_sql:,}件。",
            en=f"{found.n:,} handed over ({before:,} the month before), {n_sql:,} of them SQL "
            "candidates.",
        ),
        *_waiting(review),
    ]
    return Section(
        name="handed-over",
        heading=Text(ja="引き渡したリード", en="What was handed over"),
        question=Text(
            ja="どんなリードを何件引き渡し、営業の最初の対応までどれだけかかったか。",
            en="Which leads were handed over, how many, and how long they waited for sales.",
        ),
        lines=tuple(lines),
        tables=(_by_whom(found), *(_split(split, labels) for split in found.splits)),
        beside=True,
    )


def _by_whom(found: MonthHandOvers) -> Table:
    """Who decided, and what nobody has worked with yet."""
    rows = [
        cells.row(
            Text(ja=f"判定: {BY_WHOM[name].ja}", en=f"by {BY_WHOM[name].en}"),
            cells.count(n, counts=f"by:{name}"),
        )
        for name, n in found.by_whom
    ]
    untouched = Text(ja="まだ対応なし", en="not contacted yet")
    rows.append(cells.row(untouched, cells.count(found.untouched.n, counts="untouched")))
    return Table(
        title=Text(ja="引き渡しの内訳", en="By whom, and what waits"),
        columns=columns(Text(ja="内訳", en="Handed over"), Text(ja="今月", en="This month")),
        rows=tuple(rows),
    )


def _waiting(review: Review) -> list[Text]:
    found = review.handed_over
    said = []
    waited = found.waiting_hours
    if waited.value is not None:
        took = length(Measured(value=waited.value, low=waited.low, high=waited.high), "hours")
        said.append(
            Text(
                ja=f"営業の最初の対応まで、中央値で{took.ja}。",
                en=f"Half of them were contacted by sales within {took.en}.",
            )
        )
    if found.in_time is not None and found.in_time.of:
        shown = figure_cells.share_words(found.in_time)
        said.append(Text(ja=f"期限内の対応: {shown.ja}。", en=f"Contacted in time: {shown.en}."))
    if found.untouched.n:
        shown = figure_cells.share_words(found.untouched)
        said.append(Text(ja=f"まだ対応なし: {shown.ja}。", en=f"Not contacted yet: {shown.en}."))
    return said


def _split(split: HandOversBy, labels: Labels) -> Table:
    groups = (*split.groups, *split.small)
    rows = [_group_row(group, split.attribute, labels) for group in groups]
    note = None
    if split.small:
        note = Text(
            ja=f"{SMALLEST_RANKED}件未満の{len(split.small)}グループは順位をつけず、末尾に名前順で"
            "並べています。",
            en=f"Groups under {SMALLEST_RANKED} are not ranked ({len(split.small)}); they stand "
            "last, by name.",
        )
    return Table(
        title=labels.named(split.attribute),
        columns=(
            Column(label=labels.named(split.attribute), is_words=True),
            Column(label=Text(ja="今月", en="This month")),
            Column(label=Text(ja="前3か月の平均", en="Mean of 3 before")),
            Column(label=Text(ja="前3か月の成果率", en="Outcome, 3 before")),
        ),
        rows=tuple(rows),
        note=note,
    )


def _group_row(group: Group, attribute: str, labels: Labels) -> Row:
    name = f"{attribute}:{group.value}"
    return cells.row(
        labels.value(attribute, group.value),
        cells.count(group.n, counts=f"{name}:month"),
        replace(cells.number(group.n_before, 1), counts=f"{name}:before"),
        replace(figure_cells.share(group.converted), counts=f"{name}:converted"),
    )
