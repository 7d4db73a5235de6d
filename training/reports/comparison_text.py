"""What a comparison says, in sentences: for the terminal, the report of a retrain, the review."""

from dataclasses import dataclass

from features.core.formats import difference as share_difference
from features.core.formats import difference_range, number, share, signed
from features.core.qualification import Qualification
from features.core.text import Text
from training.dataset.selection_weights import FEWEST_DRAWN
from training.results.comparison_records import (
    Cadence,
    Comparison,
    DaysEarlier,
    FourWayAgreement,
    Judge,
    JudgePair,
    Matching,
    PolicyPair,
)

QUALIFICATION_WORDS: dict[Qualification, Text] = {
    Qualification.MQL: Text(ja="MQL", en="MQL"),
    Qualification.SQL: Text(ja="SQL候補", en="SQL candidate"),
}

MQL_INCLUDES = Text(
    ja="MQLの件数は、MQLの基準に達した全員(SQL候補を含む)です。",
    en="MQL counts whoever reached the MQL cut-off, SQL candidates included.",
)

JUDGE_WORDS: dict[Judge, Text] = {
    Judge.MARKETING: Text(ja="マーケティング", en="marketing"),
    Judge.SALES: Text(ja="営業", en="sales"),
    Judge.RULEBOOK: Text(ja="ルールブック", en="rulebook"),
    Judge.MODEL: Text(ja="モデル", en="model"),
}

NOBODY = Text(ja="誰も「はい」と言わない", en="nobody")

_CADENCE_WORDS = {
    Cadence.DAY: Text(ja="1日ごと", en="day by day"),
    Cadence.WEEK: Text(ja="1週間ごと", en="week by week"),
    Cadence.SNAPSHOT: Text(ja="定義が見る時点ごと", en="at the moments the definition names"),
}


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the two policies are called."""

    first: Text
    second: Text


MODEL_AND_RULEBOOK = Names(
    first=Text(ja="モデル", en="model"), second=Text(ja="ルールブック", en="rulebook")
)
MODEL_ALONE = Names(first=MODEL_AND_RULEBOOK.first, second=Text(ja="ルールなし", en="no rules yet"))
NO_RULES = Text(
    ja="ルールブックはまだありません。モデルだけの引き渡しを示します。",
    en="There are no rules yet: what follows is what the model alone would do.",
)
_TODAYS = Text(ja="今のルールブック", en="today's rulebook")
EDITED_AND_TODAYS = Names(first=Text(ja="編集案", en="edited rulebook"), second=_TODAYS)
PROPOSAL_AND_TODAYS = Names(first=Text(ja="提案", en="proposal"), second=_TODAYS)


SHORT_MATCHINGS: dict[Matching, Text] = {
    Matching.PAST: Text(ja="過去に決めた基準", en="cut-offs of the past"),
    Matching.TUNED: Text(ja="両方を過去に合わせた基準", en="both tuned on the past"),
    Matching.HINDSIGHT: Text(ja="件数を事後にそろえた場合", en="equal volume, in hindsight"),
}
"""How volumes came about, for a chart."""


def the(name: Text) -> str:
    """A policy's English name in a sentence."""
    return name.en if name == _TODAYS else f"the {name.en}"


def matching_words(matching: Matching, names: Names) -> Text:
    """How the volumes of a pair came about."""
    return {
        Matching.PAST: Text(
            ja="過去に決めた基準、件数は成り行き",
            en="cut-offs set on past data, volumes as they came",
        ),
        Matching.TUNED: Text(
            ja=f"両方の基準を同じ規則で過去に合わせた場合({names.second.ja}の点数も)",
            en="both cut by the same rules on past data, "
            f"the points of {the(names.second)} included",
        ),
        Matching.HINDSIGHT: Text(
            ja="件数を事後にそろえた場合", en="equal volume (matched in hindsight)"
        ),
    }[matching]


def how_replayed(comparison: Comparison) -> Text:
    """How leads were counted: how often they were looked at, and what the warm-up leaves out."""
    how = _CADENCE_WORDS[comparison.cadence]
    if not comparison.warm_up_days:
        return Text(
            ja=f"{how.ja}に判定し、リードは最初に基準を超えた時に1回だけ数えます。",
            en=f"Replayed {how.en}; each lead counts once, when it first crosses.",
        )
    days = comparison.warm_up_days
    return Text(
        ja=f"{how.ja}に判定し、リードは最初に基準を超えた時に1回だけ数えます。"
        f"期間の前{days}日に超えていたリードは、この期間の引き渡しに数えません。",
        en=f"Replayed {how.en}; each lead counts once, when it first crosses. Leads that crossed "
        f"in the {days} days before were handed over then, and are no hand-overs of this period.",
    )


def names_of(comparison: Comparison) -> Names:
    """What the policies of a release's comparison are called."""
    return MODEL_AND_RULEBOOK if comparison.has_rules else MODEL_ALONE


def conclude(pair: PolicyPair, names: Names = MODEL_AND_RULEBOOK) -> Text:
    """Which of the two has the better opportunity rate, or that no difference is shown."""
    difference = pair.rate_difference
    if difference is None:
        return _nobody_to_compare(pair, names)
    shown = share_difference(difference)
    less = Text(
        ja=f"{names.first.ja}−{names.second.ja} {shown.ja}",
        en=f"{names.first.en} less {names.second.en} {shown.en}",
    )
    if difference.sign == 0:
        return Text(
            ja=f"成果率に差があるとは言えません: {less.ja}。",
            en=f"No difference in opportunity rate is shown: {less.en}.",
        )
    better = names.first if difference.sign > 0 else names.second
    return Text(
        ja=f"成果率は{better.ja}が高いと言えます: {less.ja}。",
        en=f"The opportunity rate of {the(better)} is higher: {less.en}.",
    )


def _nobody_to_compare(pair: PolicyPair, names: Names) -> Text:
    results = ((names.first, pair.model), (names.second, pair.rulebook))
    silent = [name for name, result in results if not result.n_handed_over]
    return Text(
        ja=f"{'と'.join(name.ja for name in silent)}は誰も引き渡さないため、比べられません。",
        en=f"Nobody would be handed over by {' or '.join(the(n) for n in silent)}, so there "
        "is nothing to compare.",
    )


def what_it_works_with(comparison: Comparison) -> Text | None:
    """That a rulebook has little to ask about; None where leads show behaviours."""
    if comparison.n_behaviours or not comparison.works_with:
        return None
    ja = "・".join(label.ja for label in comparison.works_with)
    en = " and ".join(label.en.lower() for label in comparison.works_with)
    return Text(
        ja=f"行動の記録がありません。ルールブックが使えるのは{ja}だけです。",
        en=f"No behaviour is recorded: the rulebook has nothing to work with beyond {en}.",
    )


def days_earlier_words(days: DaysEarlier, names: Names = MODEL_AND_RULEBOOK) -> Text:
    """Which of the two found the leads both found first, or that neither is shown to have."""
    who = names.first
    said = {
        1: Text(ja=f"{who.ja}の判断が早い", en=f"{the(who)} was ahead"),
        0: Text(
            ja=f"{who.ja}の判断が早いとも遅いとも言えません",
            en=f"{the(who)} is not shown to be ahead or behind",
        ),
        -1: Text(ja=f"{who.ja}の判断が遅い", en=f"{the(who)} was behind"),
    }[days.mean_days.sign]
    mean, median = signed(days.mean_days, 1), signed(days.median_days, 0)
    earlier, same_day, later = (
        share(found) for found in (days.earlier_share, days.same_day_share, days.later_share)
    )
    return Text(
        ja=f"両方が見つけた{days.n_leads:,}件では{said.ja}: 早さは平均{mean.ja}日、"
        f"中央値{median.ja}日。早い{earlier.ja}、同じ日{same_day.ja}、遅い{later.ja}。",
        en=f"On the {days.n_leads:,} leads both found {said.en}: {mean.en} days earlier on "
        f"average, {median.en} at the median; earlier for {earlier.en}, the same day for "
        f"{same_day.en}, later for {later.en}",
    )


def depends_on_the_unseen(pair: PolicyPair, names: Names = MODEL_AND_RULEBOOK) -> Text | None:
    """The sensitivity band in words; None where no hand-over is recorded at all."""
    band = pair.sensitivity
    if band is None:
        return None
    reach = difference_range(band.difference_lowest, band.difference_highest)
    ja = f"誰も引き渡さなかったリード次第で、差は{reach.ja}になり得ます。"
    en = f"Depending on leads nobody handed over, the difference may be {reach.en}"
    ahead_first = band.difference_observed >= 0
    behind = names.second if ahead_first else names.first
    n_unseen = band.n_rulebook_only_unseen if ahead_first else band.n_model_only_unseen
    if band.rate_to_reverse is None:
        return Text(
            ja=ja + "どんな成果率でも結論は逆転しません。",
            en=en + "; no rate among them reverses the conclusion.",
        )
    rate = share(band.rate_to_reverse)
    return Text(
        ja=f"{ja}{behind.ja}だけが選ぶ{n_unseen:,}件の本当の成果率が{rate.ja}なら、両者は並びます。",
        en=f"{en}; were the true rate of the {n_unseen:,} that only {the(behind)} would hand "
        f"over {rate.en}, both would be equal.",
    )


def weighted_by_chance(pair: PolicyPair, names: Names = MODEL_AND_RULEBOOK) -> Text | None:
    """Rates weighted by the propensity of exploration; None without exploration."""
    found = pair.weighted
    if found is None:
        return None
    if found.difference is None:
        lacking = [
            (name, rate.n_explored)
            for name, rate in ((names.first, found.model), (names.second, found.rulebook))
            if rate.rate is None
        ]
        ja = "、".join(f"{name.ja}に{drawn}件" for name, drawn in lacking)
        en = " and ".join(f"{drawn} for {the(name)}" for name, drawn in lacking)
        return Text(
            ja=f"偶然に引き渡されたリードが少なく({ja}、必要は{FEWEST_DRAWN}件)、"
            "重み付けの比較はできません。",
            en=f"Too few leads were handed over by chance to weight by: {en}, of "
            f"{FEWEST_DRAWN} needed.",
        )
    first, second = share(found.model.rate), share(found.rulebook.rate)
    shown = share_difference(found.difference)
    return Text(
        ja=f"試験的な引き渡しで重み付けすると: {names.first.ja} {first.ja}、"
        f"{names.second.ja} {second.ja}、差 {shown.ja}。",
        en=f"Weighted by leads handed over by chance: {names.first.en} {first.en}, "
        f"{names.second.en} {second.en}; difference {shown.en}.",
    )


def agreement_line(pair: JudgePair) -> Text:
    """How far two judges agree, and how far beyond chance."""
    first, second = JUDGE_WORDS[pair.first], JUDGE_WORDS[pair.second]
    n_agreed, n = pair.n_both_yes + pair.n_both_no, _n(pair)
    if pair.kappa is None:
        return Text(
            ja=f"{first.ja}と{second.ja}: {n:,}件中{n_agreed:,}件で一致(片方が常に同じ答えのため、"
            "κは定まりません)",
            en=f"{first.en} and {second.en}: agree on {n_agreed:,} of {n:,} (kappa undefined: one "
            "of them always says the same)",
        )
    kappa = number(pair.kappa, 2)
    return Text(
        ja=f"{first.ja}と{second.ja}: {n:,}件中{n_agreed:,}件で一致、κ {kappa.ja}",
        en=f"{first.en} and {second.en}: agree on {n_agreed:,} of {n:,}, kappa {kappa.en}",
    )


def who_said_yes(yes: tuple[Judge, ...]) -> Text:
    """Names of the judges that said yes."""
    if not yes:
        return NOBODY
    return Text(
        ja="・".join(JUDGE_WORDS[judge].ja for judge in yes),
        en=", ".join(JUDGE_WORDS[judge].en for judge in yes),
    )


def agreement_summary(found: FourWayAgreement) -> Text:
    """How many hand-overs sales answered, and how many they accepted."""
    return Text(
        ja=f"営業が答えた引き渡し{found.n_hand_overs:,}件、うち受け入れ{found.n_accepted:,}件",
        en=f"{found.n_hand_overs:,} hand-overs answered by sales, {found.n_accepted:,} accepted",
    )


def _n(pair: JudgePair) -> int:
    return pair.n_both_yes + pair.n_first_only + pair.n_second_only + pair.n_both_no
