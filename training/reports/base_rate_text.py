"""A level that moved, in words."""

from features.core.estimate import Measured
from features.core.formats import Figure, count, signed
from features.core.text import Text
from training.results.records import InterceptTest, Recalibration


def level_moved(found: Recalibration) -> Text:
    """What a recalibration did, in a sentence."""
    figures = _figures(found.shift, found.low, found.high)
    return Text(
        ja=f"{found.from_release} と同じモデルで、その後の{found.n_snapshots:,}件の実績"
        f"(これまでの成果{found.n_converted:,}件)に水準を合わせました。"
        f"対数オッズで {figures.ja} です。",
        en=f"The boosters are those of {found.from_release}; the level of all probabilities was "
        f"moved to what came of {found.n_snapshots:,} later snapshots, {found.n_converted:,} of "
        f"which have converted so far: {figures.en} in log-odds.",
    )


def level_notes(found: InterceptTest | None) -> tuple[Text, ...]:
    """What people must be told of the level of a fit: nothing unless it was moved."""
    if found is None or not found.moved or found.shift is None:
        return ()
    figures, expected = _figures(found.shift, found.low, found.high), count(found.promised)
    return (
        Text(
            ja=f"学習した後に見た{found.n_snapshots:,}件(うち{found.n_young:,}件は期間の途中)では、"
            f"これまでに{expected.ja}件の見込みに対し{found.n_converted:,}件が成果に至りました。"
            f"そのため全体の確率の水準を対数オッズで {figures.ja} 移しました。基準での転換率は"
            "それ以前のリードの実績です。",
            en=f"Of {found.n_snapshots:,} snapshots too new to learn from ({found.n_young:,} still "
            f"within their horizon) {found.n_converted:,} have converted so far where "
            f"{expected.en} were to be expected; so the level of all probabilities was "
            f"moved by {figures.en} in log-odds. Shares told of the cut-offs are those of leads "
            "from before.",
        ),
    )


def level_words(found: InterceptTest) -> Text:
    """Whether the level of probabilities stands, by what has come so far."""
    expected = count(found.promised)
    since = Text(
        ja=f"その後の{found.n_snapshots:,}件(うち{found.n_young:,}件は期間の途中)では、"
        f"これまでに{expected.ja}件の見込みに対し{found.n_converted:,}件が成果に至りました",
        en=f"Of {found.n_snapshots:,} snapshots since ({found.n_young:,} still within their "
        f"horizon) {found.n_converted:,} have converted so far, where {expected.en} were to be "
        "expected",
    )
    if found.shift is None or found.low is None or found.high is None:
        return Text(
            ja=f"{since.ja}。水準が合っているかを言うには少なすぎます。",
            en=f"{since.en}: too few to say whether probabilities stand at the right level.",
        )
    figures = _figures(found.shift, found.low, found.high)
    if found.moved:
        said = Text(ja="確率の水準が動きました", en="the level of probabilities has moved")
    elif found.low <= 0 <= found.high:
        said = Text(
            ja="確率の水準は誤差の範囲で合っています",
            en="the level of probabilities stands, within noise",
        )
    else:
        said = Text(
            ja="確率の水準は誤差を超えてずれていますが、動かすほどではありません",
            en="the level of probabilities is off, outside noise, but by too little to move it",
        )
    return Text(
        ja=f"{since.ja}。{said.ja}(対数オッズで {figures.ja}、99%区間)。",
        en=f"{since.en}: {said.en} (by {figures.en} in log-odds, a 99% interval).",
    )


def _figures(shift: float, low: float | None, high: float | None) -> Figure:
    return signed(Measured(value=shift, low=low, high=high))
