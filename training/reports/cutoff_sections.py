"""What the cut-offs of a release promise: where they lie, and what leads crossing them did."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from features.core.formats import (
    amount,
    local_date,
    share,
)
from features.core.text import Text
from training.cutoffs.daily_looks import crossings_of
from training.reports.comparison_text import QUALIFICATION_WORDS
from training.reports.document import cells
from training.reports.document.blocks import BLANK, Section, Table, columns
from training.reports.metric_sections import OBSERVED, PREDICTED
from training.results.records import (
    CrossingCalibration,
    CutOff,
    ReleaseCutOffs,
)


def cut_offs_section(cut_offs: ReleaseCutOffs, zone: ZoneInfo) -> Section:
    """Write both cut-offs and what is expected of those who cross them.

    Parameters
    ----------
    cut_offs : ReleaseCutOffs
    zone : ZoneInfo
        Time zone of the definition.
    """
    lines = []
    for qualification, cut_off in zip(
        QUALIFICATION_WORDS.values(), (cut_offs.mql, cut_offs.sql), strict=True
    ):
        told = _cut_off(cut_off)
        lines.append(Text(ja=f"{qualification.ja}: {told.ja}", en=f"{qualification.en}: {told.en}"))
        if cut_off.probability is not None and cut_off.why is not None:
            lines.append(cut_off.why)
    crossings = crossings_of(cut_offs)
    heading = Text(ja="基準", en="Cut-offs")
    return Section(
        name="cut-offs",
        heading=heading,
        lines=tuple(lines),
        tables=(_crossings(crossings, zone),) if crossings else (),
    )


def crossed_words(found: CrossingCalibration, zone: ZoneInfo) -> Text:
    """Say of whom, and when, predicted and observed at a cut-off are.

    Parameters
    ----------
    found : CrossingCalibration
    zone : ZoneInfo
        Time zone of the definition.
    """
    if found.since is None or found.until is None:
        return Text(
            ja="学習に使わなかったリードのうち、同じ規則で選んだ基準に達したリードの予測と実績",
            en="Leads held out that reached a cut-off set by the same rule, predicted and observed",
        )
    first, last = local_date(found.since + 1, zone), local_date(found.until, zone)
    return Text(
        ja=f"{first.ja}から{last.ja}まで毎日見て、それ以前のデータから同じ規則で選んだ基準に初めて"
        "達したリードの予測と実績",
        en=f"Leads that first crossed, looked at every day from {first.en} to {last.en}, a cut-off "
        "set by the same rule on what was known before, predicted and observed",
    )


def _crossings(crossings: Sequence[CrossingCalibration], zone: ZoneInfo) -> Table:
    rows = tuple(
        cells.row(
            QUALIFICATION_WORDS[found.qualification],
            cells.share(found.cut_off),
            cells.count(found.n_crossed),
            cells.count(found.per_month),
            cells.share(found.mean_probability),
            cells.share(found.converted_share),
        )
        for found in crossings
    )
    labels = (
        BLANK,
        Text(ja="基準(確率)", en="From"),
        Text(ja="達したリード", en="Leads that crossed"),
        Text(ja="月あたり", en="A month"),
        PREDICTED,
        OBSERVED,
    )
    return Table(title=crossed_words(crossings[0], zone), columns=columns(*labels), rows=rows)


def _cut_off(cut_off: CutOff) -> Text:
    if cut_off.probability is None:
        none = Text(ja="なし", en="none")
        why = cut_off.why
        return none if why is None else Text(ja=f"なし({why.ja})", en=f"none ({why.en})")
    at = share(cut_off.probability)
    parts = [
        Text(
            ja=f"確率{at.ja}以上({cut_off.rule})",
            en=f"probability {at.en} or more, by {cut_off.rule}",
        )
    ]
    if cut_off.crossings is None and cut_off.expected_precision is not None:
        rate = share(cut_off.expected_precision)
        parts.append(
            Text(
                ja=f"選ぶのに使ったスナップショットでは、達したリードの{rate.ja}が成果に至る",
                en=f"on the snapshots it was chosen from {rate.en} of the leads that reach it "
                "convert",
            )
        )
    if cut_off.expected_worth is not None:
        worth = amount(cut_off.expected_worth)
        parts.append(
            Text(ja=f"費用を引いて1件{worth.ja}", en=f"each is worth {worth.en} after its cost")
        )
    return Text(ja="、".join(p.ja for p in parts), en="; ".join(p.en for p in parts))
