"""The leads of a review in words: what the converted share, what sales say, what to nurture."""

from collections.abc import Callable, Mapping

from features.core.formats import quantity, share, share_range
from features.core.text import Text
from serving.reasons.natural_values import NaturalContrast
from serving.reasons.phrases.fixed import AXES
from serving.review import figure_cells
from serving.review.figures.counted import SMALLEST_RANKED
from serving.review.labels import STAGES, Labels
from serving.review.populations import EVERY_OPEN_LEAD, population_words
from serving.review.records import (
    CommentPlace,
    Contrast,
    InCommon,
    MissingInformation,
    Nurture,
    ReasonCount,
    Review,
    Verdicts,
)
from training.reports.document import cells
from training.reports.document.blocks import Cell, Chart, Column, Quote, Quotes, Row, Section, Table

MOST_CONCEPTS = 12
COMPARED = {
    "median": Text(ja="中央値", en="median"),
    "has": Text(ja="ありの割合", en="share that has it"),
    "lacks": Text(ja="なしの割合", en="share without it"),
}
ANSWERED = population_words("answered")
NO_RELEASE = Text(
    ja="使用中のモデルがないため、この節は空です。awase retrain の採用後に表示されます。",
    en="There is no release in use, so this section is empty; it fills after awase retrain.",
)
Comments = Mapping[CommentPlace, str]
Sees = Callable[[str | None], bool]


def converted_section(review: Review, labels: Labels) -> Section:
    """What the converted leads had in common."""
    found = review.converted
    stage = STAGES[review.outcome_stage]
    lines: tuple[Text, ...] = (NO_RELEASE,)
    tables: tuple[Table, ...] = ()
    if found is not None:
        lines = (_groups_line(found, stage), *clear_lines(found, labels))
        table = contrast_table(found, labels, converted_sides(stage), behind=CONVERTED)
        tables = () if table is None else (table,)
    return Section(
        name="in-common",
        heading=Text(ja="成果につながったリードの共通点", en="What converted leads have in common"),
        question=Text(
            ja="月初め(月内に獲得したものは獲得時)の姿で、実際の値を比べています。ポイントは確率への効きで、"
            "10ポイントでオッズが2倍です。",
            en="Actual values of each lead as it was when the month began, or when it was created. "
            "Points are their pull on the probability: 10 double the odds.",
        ),
        lines=lines,
        tables=tables,
    )


def _groups_line(found: Contrast, stage: Text) -> Text:
    return Text(
        ja=f"{EVERY_OPEN_LEAD.ja}のうち、月内に{stage.ja}した{found.n_first:,}件と、"
        f"しなかった{found.n_second:,}件の比較です。",
        en=f"Of {EVERY_OPEN_LEAD.en}: {found.n_first:,} converted, {found.n_second:,} did not.",
    )


def clear_lines(found: Contrast, labels: Labels) -> tuple[Text, ...]:
    """Say which differences between two groups are clear, the largest first."""
    if found.is_small:
        return (_too_small(),)
    clear = [one for one in found.concepts if one.is_clear and one.points is not None]
    if not clear:
        return (
            Text(ja="はっきりした違いはありません。", en="No difference is clear beyond chance."),
        )
    said = [_in_values(one, labels) for one in clear[:3]]
    return (
        Text(
            ja=f"違いが大きいもの: {'。'.join(one.ja for one in said)}。",
            en=f"Largest clear differences: {'; '.join(one.en for one in said)}.",
        ),
    )


def _in_values(one: InCommon, labels: Labels) -> Text:
    """A difference as one clause: "Site visit, median: 18 times against 4 times"."""
    name = labels.named(one.concept)
    if one.values is None:
        return name
    what = _compared(one.values)
    first, second = (_value(one.values, value) for value in (one.values.first, one.values.second))
    return Text(
        ja=f"{name.ja}({what.ja}) {first.ja}、他は{second.ja}",
        en=f"{name.en} ({what.en}) {first.en} against {second.en}",
    )


def _compared(values: NaturalContrast) -> Text:
    if values.measure == "level" and values.level is not None:
        return Text(
            ja=f"わかっている中で「{values.level.ja}」の割合",
            en=f'share of "{values.level.en}" where known',
        )
    return COMPARED[values.measure]


def _value(values: NaturalContrast, value: float) -> Text:
    if values.unit is not None:
        return quantity(value, values.unit)
    return share(value).value


def _too_small() -> Text:
    return Text(
        ja=f"どちらかが{SMALLEST_RANKED}件未満のため、比較は参考にとどめてください。",
        en=f"One of the groups is under {SMALLEST_RANKED}; take the comparison as a hint at most.",
    )


Behind = tuple[str | None, str | None]
"""Names of the lists of leads that two groups are; None where no list is kept."""

CONVERTED: Behind = ("converted", None)
EASY: Behind = ("compared:first", "compared:second")


def contrast_table(
    found: Contrast, labels: Labels, sides: tuple[Text, Text], *, behind: Behind
) -> Table | None:
    """Compare two groups concept by concept; None where one of them is too small.

    Parameters
    ----------
    found : Contrast
    labels : Labels
    sides : (Text, Text)
        What the first and the second group are called.
    behind : (str or None, str or None)
        The lists of their leads.
    """
    if not found.concepts or found.is_small:
        return None
    first, second = sides
    shown = [one for one in found.concepts if one.points is not None][:MOST_CONCEPTS]
    sizes = zip((found.n_first, found.n_second), behind, strict=True)
    all_leads = cells.row(
        Text(ja="リード数", en="Leads"),
        *(cells.NOTHING,) * 3,
        *(cells.count(n, counts=name) for n, name in sizes),
    )
    return Table(
        title=Text(ja=f"{first.ja}と{second.ja}", en=f"{first.en} and {second.en.lower()}"),
        columns=(
            Column(label=Text(ja="項目", en="Concept"), is_words=True),
            Column(label=Text(ja="軸", en="Axis"), is_words=True),
            Column(label=Text(ja="ポイントの差", en="Difference in points")),
            Column(label=Text(ja="比べた値", en="Compared"), is_words=True),
            Column(label=first),
            Column(label=second),
        ),
        rows=(*(_concept_row(one, labels) for one in shown), all_leads),
        charts=(
            Chart(
                kind="effects",
                title=Text(
                    ja="ポイントの差(95%区間。0をまたぐものは差があるとは言えません)",
                    en="Difference in points (95% interval; across zero: no clear difference)",
                ),
                columns=(2,),
            ),
        ),
    )


def converted_sides(stage: Text) -> tuple[Text, Text]:
    """What the leads that reached a stage and the others are called."""
    first = Text(ja=f"{stage.ja}したリード", en="Converted")
    return first, Text(ja="しなかったリード", en="Others")


def easy_sides(found: Verdicts) -> tuple[Text, Text]:
    """What the two groups of answers are called that were compared."""
    if not found.by_easy:
        return STAGES["accepted"], STAGES["returned"]
    return Text(ja="動きやすい", en="Easy"), Text(ja="動きにくかった", en="Not easy")


def _concept_row(one: InCommon, labels: Labels) -> Row:
    values: tuple[Cell, ...] = (cells.NOTHING,) * 3
    if one.values is not None:
        ends = (one.values.first, one.values.second)
        values = (
            cells.word(_compared(one.values)),
            *(
                Cell(
                    shown=_value(one.values, value),
                    number=value,
                    kind="number" if one.values.unit is not None else "share",
                )
                for value in ends
            ),
        )
    return Row(
        cells=(
            cells.word(labels.named(one.concept)),
            cells.word(AXES[one.axis.value]),
            figure_cells.points(one.points),
            *values,
        )
    )


def verdicts_section(review: Review, labels: Labels, *, comments: Comments, sees: Sees) -> Section:
    """Write the section on which leads sales found easy to act on, with their comments.

    Parameters
    ----------
    review : Review
    labels : Labels
    comments : mapping from CommentPlace to str
        Comments of sales, by the verdict they belong to.
    sees : callable
        Whether the reader may see single leads of a team.
    """
    found = review.verdicts
    n = found.n_accepted + found.n_returned
    lines = [
        Text(
            ja=f"{ANSWERED.ja}: {n:,}件(受け入れ{found.n_accepted:,}件、"
            f"差し戻し{found.n_returned:,}件)。",
            en=f"{n:,} {ANSWERED.en}: {found.n_accepted:,} accepted, {found.n_returned:,} "
            "returned.",
        )
    ]
    if found.easy.of:
        shown = figure_cells.share_words(found.easy)
        lines.append(
            Text(ja=f"「動きやすかった」: {shown.ja}。", en=f"Easy to act on: {shown.en}.")
        )
    tables = [_answers_table(found, labels)] if found.reasons else []
    contrast_lines, contrast_grids = _easy_contrast(found, labels)
    return Section(
        name="easy-to-act-on",
        heading=Text(ja="営業が動きやすかったリード", en="What sales found easy to act on"),
        question=Text(
            ja="この月の営業の回答、その理由とコメント、動きやすかったリードの共通点。",
            en="What sales answered in the month, why, in their words, and what those leads share.",
        ),
        lines=(*lines, *contrast_lines),
        tables=(*tables, *contrast_grids),
        quotes=tuple(_quotes(found.reasons, labels, comments, sees)),
    )


def _answers_table(found: Verdicts, labels: Labels) -> Table:
    """Count the answers of sales, and the reasons they gave."""
    total = Text(ja="合計", en="all reasons")
    totals = (("accepted", found.n_accepted), ("returned", found.n_returned))
    return Table(
        title=Text(ja="理由", en="Reasons"),
        columns=(
            Column(label=Text(ja="回答", en="Answer"), is_words=True),
            Column(label=Text(ja="理由", en="Reason"), is_words=True),
            Column(label=Text(ja="件数", en="Leads")),
            Column(label=Text(ja="動きやすい", en="Easy")),
            Column(label=Text(ja="動きにくかった", en="Not easy")),
            Column(label=Text(ja="コメント", en="Comments")),
        ),
        rows=(
            *(_reason_row(one, labels) for one in found.reasons),
            *(
                cells.row(STAGES[stage], total, cells.count(n, counts=stage), *(cells.NOTHING,) * 3)
                for stage, n in totals
            ),
        ),
    )


def _reason_row(one: ReasonCount, labels: Labels) -> Row:
    name = f"{one.stage}:{one.reason or ''}"
    return cells.row(
        STAGES[one.stage],
        labels.reason(one.stage, one.reason),
        cells.count(one.n, counts=f"{name}:all"),
        cells.count(one.n_easy, counts=f"{name}:easy"),
        cells.count(one.n_not_easy, counts=f"{name}:not_easy"),
        cells.count(one.n_comments),
    )


def _easy_contrast(found: Verdicts, labels: Labels) -> tuple[list[Text], tuple[Table, ...]]:
    if found.contrast is None:
        return [], ()
    first, second = easy_sides(found)
    lines = [
        Text(
            ja=f"直近{found.contrast_months}か月の{first.ja}{found.contrast.n_first:,}件と"
            f"{second.ja}{found.contrast.n_second:,}件の、引き渡し時の姿を比べています。",
            en=f"Compared as they were handed over, over {found.contrast_months} months: "
            f"{found.contrast.n_first:,} {first.en.lower()}, "
            f"{found.contrast.n_second:,} {second.en.lower()}.",
        ),
        *clear_lines(found.contrast, labels),
    ]
    table = contrast_table(found.contrast, labels, (first, second), behind=EASY)
    return lines, () if table is None else (table,)


def _quotes(
    reasons: tuple[ReasonCount, ...], labels: Labels, comments: Comments, sees: Sees
) -> list[Quotes]:
    found = []
    for one in reasons:
        stage, reason = STAGES[one.stage], labels.reason(one.stage, one.reason)
        quotes = tuple(
            Quote(lead_id=place.lead_id, at=place.at, words=comments[place])
            for place in one.comments
            if place in comments and sees(place.team)
        )
        if quotes:
            title = Text(ja=f"{stage.ja}: {reason.ja}", en=f"{stage.en}: {reason.en}")
            found.append(Quotes(title=title, quotes=quotes))
    return found


def nurture_section(review: Review, labels: Labels) -> Section:
    """What to nurture next month."""
    found = review.nurture
    lines = (NO_RELEASE,) if found is None else (near_line(found),)
    return Section(
        name="nurture",
        heading=Text(ja="来月育てたいリード", en="What to nurture next month"),
        question=Text(
            ja="基準にあと一歩のリードに何が足りないか。似たリードの回答や行動を当てはめて判定し直した"
            "見込みです。働きかければ必ずそうなるという約束ではありません。",
            en="What leads just below the cut-off lack. Each is scored again with what comparable "
            "leads say or did; that compares leads, it does not promise that asking changes them.",
        ),
        lines=lines,
        tables=() if found is None or not found.groups else (missing_table(found, labels),),
    )


def near_line(found: Nurture) -> Text:
    """Say how many open leads stand just below the cut-off."""
    near = share_range(found.from_probability, found.cut_off)
    return Text(
        ja=f"月末時点で対応中の{found.n_open:,}件のうち、基準の手前({near.ja})は"
        f"{found.n_near:,}件。1件が複数の行に入ることがあります。",
        en=f"Of {found.n_open:,} leads open at the month's end, {found.n_near:,} stand just below "
        f"the cut-off ({near.en}). A lead may be in several rows.",
    )


def missing_table(found: Nurture, labels: Labels) -> Table:
    """Count leads just below the cut-off by what they lack."""
    return Table(
        title=Text(ja="足りないもの別", en="By what is missing"),
        columns=(
            Column(label=Text(ja="足りないもの", en="Missing"), is_words=True),
            Column(label=Text(ja="軸", en="Axis"), is_words=True),
            Column(label=Text(ja="該当リード", en="Leads")),
            Column(label=Text(ja="基準に届く見込み", en="Would reach the cut-off")),
            Column(label=Text(ja="うち成果の見込み", en="Outcomes among them")),
            Column(label=Text(ja="参考にしたリード", en="Comparable leads")),
        ),
        rows=(*(_missing_row(group, labels) for group in found.groups), _all_near(found)),
        charts=(
            Chart(
                kind="bars",
                title=Text(ja="基準に届く見込みの件数", en="Leads expected to reach the cut-off"),
                columns=(3,),
            ),
        ),
    )


def _missing_row(group: MissingInformation, labels: Labels) -> Row:
    return cells.row(
        labels.named(group.concept),
        AXES[group.axis.value],
        cells.count(group.n_leads, counts=f"lacks:{group.concept}"),
        figure_cells.expected(group.crossing),
        figure_cells.expected(group.converting),
        cells.count(group.n_donors),
    )


def _all_near(found: Nurture) -> Row:
    every = Text(ja="基準の手前の全件", en="All just below the cut-off")
    count = cells.count(found.n_near, counts="near")
    return cells.row(every, cells.NOTHING, count, *(cells.NOTHING,) * 3)
