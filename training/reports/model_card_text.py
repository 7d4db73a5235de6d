"""The model card in words, in Japanese and English."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from features.core.atomic_folder import Files
from features.core.formats import local_date, local_month, number, share
from features.core.text import Language, Text
from training.dataset.segments import segment_name
from training.model.release import Release
from training.reports.base_rate_text import level_moved
from training.reports.document import cells
from training.reports.document.blocks import Document, Section, Table, columns
from training.reports.document.formats import document_files
from training.reports.metric_sections import OBSERVED, PREDICTED, SNAPSHOTS, metrics_table
from training.reports.model_card import ModelCard
from training.results.records import Metrics, Recalibration

_REACHES = {
    "accepted": Text(ja="営業に受け入れられる", en="is accepted by sales"),
    "opportunity": Text(ja="商談化する", en="becomes an opportunity"),
    "won": Text(ja="受注に至る", en="is won"),
}

CONVERTED = Text(ja="転換", en="Converted")

NOT_FOR = (
    Text(
        ja="営業が連絡する順番を決めるため以外には使わないでください。価格、与信、採用など、"
        "人に不利益を与えうる判断には使えません。",
        en="Not for anything but the order in which leads are worked: not for prices, credit, "
        "hiring or any other decision that may harm a person.",
    ),
    Text(
        ja="1件のリードについての約束ではありません。30%とは、同じようなリード100件のうち"
        "30件ほどという意味です。",
        en="Not a promise about one lead: 30% means about thirty of a hundred such leads.",
    ),
    Text(
        ja="営業担当者やマーケティング担当者の評価には使えません。結果は過去の引き渡し方にも"
        "左右されています。",
        en="Not for judging people in sales or marketing: outcomes also show how leads used to be "
        "handed over.",
    ),
    Text(
        ja="学習した範囲の外、たとえば別の国や製品、別の定義のリードには使えません。",
        en="Not for leads unlike those it learned from: another country, product or definition.",
    ),
    Text(
        ja="確率の理由は、ある行動をさせれば確率が上がるという因果を示すものではありません。",
        en="Not for causes: a reason says what such leads had in common, not what would follow if "
        "somebody made a lead do it.",
    ),
)


def card_files(card: ModelCard) -> dict[str, bytes]:
    """The card in both languages, as text and as a page, by the name of its file."""
    return document_files("model_card", card_document(card))


def moved_card_files(
    champion: Release, moved: Recalibration, metrics: Metrics, *, zone: ZoneInfo
) -> Files:
    """Write the card of a recalibrated release: the champion's, and beside it what was shifted.

    Parameters
    ----------
    champion : Release
        Whose boosters the release has.
    moved : Recalibration
        By how much the intercept was shifted, and on which outcomes.
    metrics : Metrics
        Of the newly matured snapshots.
    zone : ZoneInfo
        Time zone of the definition.
    """
    files = {name: file for name, file in champion.files.items() if name.startswith("model_card.")}
    return files | document_files("recalibration", _moved_document(moved, metrics, zone))


def _moved_document(moved: Recalibration, metrics: Metrics, zone: ZoneInfo) -> Document:
    loss = number(metrics.log_loss.value)
    figures = Text(
        ja=f"新しい水準での、その{metrics.n_snapshots:,}件の対数損失は{loss.ja}です。"
        "以下のモデルカードの成績は、水準を移す前のものです。",
        en=f"At the new level their log loss is {loss.en}. The figures of the "
        "model card below are those from before the level moved.",
    )
    heading = Text(ja="何が変わったか", en="What changed")
    return Document(
        title=Text(ja="水準の再調整", en="The level was moved"),
        zone=zone,
        sections=(Section(name="level", heading=heading, lines=(level_moved(moved), figures)),),
    )


def card_document(card: ModelCard) -> Document:
    """The card as a document."""
    name = card.definition.title
    return Document(
        title=Text(ja=f"モデルカード: {name.ja}", en=f"Model card: {name.en}"),
        zone=card.definition.zone,
        sections=(
            _lines("predicts", Text(ja="何を予測するか", en="What it predicts"), _predicts(card)),
            _lines("on-whom", Text(ja="誰について", en="On whom"), _on_whom(card)),
            _lines("from-what", Text(ja="何から", en="From what"), _from_what(card)),
            _lines("made", Text(ja="どう作られたか", en="How it was made"), _made(card)),
            _how_well(card),
            _weak(card),
            _lines(
                "not-for",
                Text(ja="使ってはいけないこと", en="What it must not be used for"),
                NOT_FOR,
            ),
        ),
    )


def _lines(name: str, heading: Text, lines: Iterable[Text]) -> Section:
    return Section(name=name, heading=heading, lines=tuple(lines))


def _predicts(card: ModelCard) -> list[Text]:
    outcome = card.definition.outcome
    reaches, days = _REACHES[outcome.stage], outcome.horizon_days
    if days is None:
        return [
            Text(
                ja=f"リードが{reaches.ja}確率。日付のないデータのため、将来の予測ではありません。",
                en=f"The probability that a lead {reaches.en}. The data have no dates: this is "
                "not a forecast.",
            )
        ]
    return [
        Text(
            ja=f"見た時点から{days}日以内にリードが{reaches.ja}確率。",
            en=f"The probability that a lead {reaches.en} within {days} days of the moment it is "
            "looked at.",
        )
    ]


def _on_whom(card: ModelCard) -> list[Text]:
    definition = card.definition
    lines = [
        Text(
            ja=f"{card.n_leads:,}件のリードを{card.n_snapshots:,}回見たデータから学習し、"
            f"そのうち{card.n_converted:,}件が成果に至りました。",
            en=f"Learned from {card.n_leads:,} leads looked at {card.n_snapshots:,} times; "
            f"{card.n_converted:,} of them reached the outcome.",
        )
    ]
    if definition.dated:
        ends = (card.learned_from, card.learned_until)
        first, last = (local_date(end, definition.zone) for end in ends)
        lines.append(
            Text(
                ja=f"見た時点は{first.ja}から{last.ja}まで。",
                en=f"Looked at from {first.en} to {last.en}.",
            )
        )
        silent = definition.snapshots.silent_after_days
        lines.append(
            Text(
                ja=f"成果がすでに出たリード、{silent}日を超えて動きのないリードは対象外です。",
                en=f"Not for leads that are closed, or silent for more than {silent} days.",
            )
        )
    return lines


def _from_what(card: ModelCard) -> list[Text]:
    definition = card.definition
    behaviours = [item.label for item in definition.lead_behaviours]
    attributes = [item.label for item in definition.feature_attributes]
    lines = [
        Text(
            ja=f"{card.n_features:,}個の入力。行動: {_listed(behaviours, 'ja')}。",
            en=f"{card.n_features:,} inputs. Behaviours: {_listed(behaviours, 'en')}.",
        ),
        Text(
            ja=f"情報: {_listed(attributes, 'ja')}。",
            en=f"Information: {_listed(attributes, 'en')}.",
        ),
        Text(
            ja="氏名、メールアドレス、営業が行ったことは使いません。",
            en="Never names, e-mail addresses, or what sales did.",
        ),
    ]
    if card.suspects:
        suspects = [definition.attribute(name).label for name in card.suspects]
        lines.append(
            Text(
                ja=f"いつわかったか記録のない項目: {_listed(suspects, 'ja')}。",
                en=f"Nobody recorded when these were learned: {_listed(suspects, 'en')}.",
            )
        )
    return lines


def _made(card: ModelCard) -> list[Text]:
    if not card.n_boosters:
        return list(card.notes)
    line = line_ja = ""
    if card.line_share:
        line = f", mixed with a logistic regression ({share(card.line_share).en})"
        line_ja = f"とロジスティック回帰(比重{share(card.line_share).ja})"
    return [
        Text(
            ja=f"勾配ブースティング{card.n_boosters}個(計{card.n_trees:,}本の木){line_ja}の平均を、"
            f"学習に使っていない行で較正しました({card.calibrator})。",
            en=f"{card.n_boosters} gradient boosters of {card.n_trees:,} trees in all{line}, "
            f"calibrated on rows held out of each ({card.calibrator}).",
        ),
        *card.notes,
    ]


def _how_well(card: ModelCard) -> Section:
    metrics = card.metrics
    if card.definition.dated:
        since = local_date(card.tested_from, card.definition.zone)
        tested = Text(
            ja=f"{since.ja}以降の{metrics.n_snapshots:,}件(リード{metrics.n_leads:,}件、"
            f"転換{metrics.n_converted:,}件)で、それより前だけから学習した同じ作り方のモデルを"
            "試した結果です。",
            en=f"Tested on {metrics.n_snapshots:,} later snapshots since {since.en} "
            f"({metrics.n_leads:,} leads, {metrics.n_converted:,} converted), with the same "
            "recipe learned only from what had been known before.",
        )
    else:
        tested = Text(
            ja=f"学習に使っていない{metrics.n_snapshots:,}件で試した結果です。予測の試験では"
            "ありません。",
            en=f"Tested on {metrics.n_snapshots:,} leads held out. Not a test of forecasting.",
        )
    heading = Text(ja="どれだけ当たるか", en="How well")
    tables = (metrics_table(metrics, card.opponents), *_by_month(card))
    return Section(name="metrics", heading=heading, lines=(tested,), tables=tables)


def _by_month(card: ModelCard) -> Iterator[Table]:
    """Predicted and observed, month by month of the test; nothing without dates."""
    if not card.months:
        return
    rows = tuple(
        cells.row(
            local_month(month.start, card.definition.zone),
            cells.count(month.n_snapshots),
            cells.count(month.n_converted),
            cells.share(month.mean_probability),
            cells.share(month.converted_share),
        )
        for month in card.months
    )
    labels = (Text(ja="月", en="Month"), SNAPSHOTS, CONVERTED, PREDICTED, OBSERVED)
    title = Text(ja="月ごとの予測と実績", en="Predicted and observed, by month")
    yield Table(title=title, columns=columns(*labels), rows=rows)


def _weak(card: ModelCard) -> Section:
    name, heading = "weak", Text(ja="弱いところ", en="Where it is weak")
    if not card.definition.segments:
        none = Text(
            ja="定義に区分(segments)がないため、区分ごとには調べていません。",
            en="The definition names no segments, so none was looked at.",
        )
        return _lines(name, heading, (none,))
    if not card.weak:
        none = Text(
            ja="調べた区分のうち、弱いところは見つかりませんでした。",
            en="None of the segments looked at is weak.",
        )
        return _lines(name, heading, (none,))
    rows = tuple(
        cells.row(
            segment_name(card.definition, weak.attribute, weak.value),
            cells.count(weak.n_snapshots),
            cells.count(weak.n_converted),
            weak.why,
        )
        for weak in card.weak
    )
    labels = (
        Text(ja="区分", en="Segment"),
        SNAPSHOTS,
        CONVERTED,
        Text(ja="理由", en="Why"),
    )
    table = Table(columns=columns(*labels), rows=rows)
    return Section(name=name, heading=heading, tables=(table,))


def _listed(labels: list[Text], language: Language) -> str:
    joint = "、" if language == "ja" else ", "
    none = Text(ja="なし", en="none").read(language)
    return joint.join(label.read(language) for label in labels) or none
