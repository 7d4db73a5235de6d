"""What clues about an attribute amount to, in a sentence with what to do about it.

Thresholds lie between what was measured on X Education: there ``Tags`` removes .56 of the
uncertainty and ``Lead Quality``, the agent's own guess, .28; the time spent on the website, the
strongest honest column, .17; the occupation .14. No value of any honest column is shared by
winners only.
"""

from dataclasses import dataclass

from features.core.formats import share
from features.core.text import Text
from features.definition.attributes import Attribute
from training.metrics.proportion_intervals import share_with_interval
from training.results.records import AuditFinding

SEVERE_POWER = 0.22
SUSPECT_POWER = 0.10
SUSPECT_POWER_UNDATED = 0.05
"""For an attribute of which nobody recorded when it became known."""

WINNERS_ONLY = 0.9
"""Lower bound of the share of leads with a value that reached the outcome."""

MOST_USUAL = 0.6
"""Where more leads than this reach the outcome anyway, company of winners proves nothing."""

VANISHES = 0.25
"""Share of its power that an attribute must keep where its times are honest."""

MOSTLY_LATE = 0.8
FEWEST_LEADS = 30


@dataclass(frozen=True, kw_only=True)
class Clues:
    """What was measured of one attribute.

    Attributes
    ----------
    power, honest_power : float
        Share of uncertainty removed: by its strongest column; and where known_at is recorded.
    honest_share : float
        Share of its facts whose known_at somebody recorded.
    n_known, n_winners : int
        Leads that ever had a value, and those of them that reached the outcome.
    n_late : int
        Leads that reached the outcome and got their first value only then or afterwards.
    """

    power: float
    honest_power: float
    honest_share: float
    n_known: int
    n_winners: int
    n_late: int


def judge_clues(attribute: Attribute, clues: Clues, *, base_rate: float) -> AuditFinding | None:
    """Turn what was measured of an attribute into a finding; None where it is harmless.

    Parameters
    ----------
    attribute : Attribute
    clues : Clues
        What was measured of it.
    base_rate : float
        Share of all leads that reached the outcome, 0 to 1.
    """
    severe = _severe(clues, base_rate)
    evidence = severe or _suspect(clues)
    if evidence is None:
        return None
    return AuditFinding(
        column=attribute.name,
        blocks=severe is not None,
        severity="suspect" if severe is None else "severe",
        sentence=evidence,
        advice=_ASK_WHEN if severe is None else _LEAVE_OUT,
    )


def _severe(clues: Clues, base_rate: float) -> Text | None:
    winners = share_with_interval(clues.n_winners, clues.n_known)
    enough = clues.n_known >= FEWEST_LEADS and base_rate < MOST_USUAL
    if enough and winners is not None and (winners.low or 0.0) > WINNERS_ONLY:
        return _winners_only(clues)
    return _too_powerful(clues) if clues.power >= SEVERE_POWER else None


def _suspect(clues: Clues) -> Text | None:
    weakest = SUSPECT_POWER_UNDATED if clues.honest_share < 1 else SUSPECT_POWER
    if clues.n_late >= MOSTLY_LATE * max(clues.n_winners, FEWEST_LEADS):
        return _late(clues)
    if clues.power < weakest:
        return None
    if clues.honest_share < 1 and clues.honest_power < VANISHES * clues.power:
        return _dishonest(clues)
    return _powerful(clues)


def _winners_only(clues: Clues) -> Text:
    return Text(
        ja=f"値があるリード{clues.n_known:,}件のうち{clues.n_winners:,}件が成果に至っており、"
        "値の有無が結果を教えています。",
        en=f"Of {clues.n_known:,} leads with a value {clues.n_winners:,} reached the outcome: "
        "having one gives it away.",
    )


def _too_powerful(clues: Clues) -> Text:
    power = share(clues.power)
    return Text(
        ja=f"この項目だけで結果の不確かさの{power.ja}が消えます。"
        "事前にわかる情報としては強すぎます。",
        en=f"Alone it removes {power.en} of the uncertainty about the outcome, more than "
        "anything known beforehand plausibly could.",
    )


def _late(clues: Clues) -> Text:
    return Text(
        ja=f"成果に至ったリードで値がある{clues.n_winners:,}件のうち{clues.n_late:,}件は、"
        "成果の後に初めて記入されています。",
        en=f"Of {clues.n_winners:,} leads that reached the outcome and have a value, "
        f"{clues.n_late:,} got it only then or later.",
    )


def _dishonest(clues: Clues) -> Text:
    power, honest = share(clues.power), share(clues.honest_power)
    return Text(
        ja=f"結果の不確かさの{power.ja}を消しますが、いつわかったかの記録がある値に"
        f"限ると{honest.ja}です。",
        en=f"It removes {power.en} of the uncertainty, but {honest.en} where "
        "somebody recorded when it became known.",
    )


def _powerful(clues: Clues) -> Text:
    power = share(clues.power)
    return Text(
        ja=f"この項目だけで結果の不確かさの{power.ja}が消えます。",
        en=f"Alone it removes {power.en} of the uncertainty about the outcome.",
    )


_LEAVE_OUT = Text(
    ja="定義から外すか、いつわかったかの履歴を取り込んでください。"
    "正しいと確かめたら gate.acknowledged に名前を書いてください。",
    en="Leave it out of the definition, or import its history with the time each value became "
    "known; if it is right as it is, name it under gate.acknowledged.",
)
_ASK_WHEN = Text(
    ja="誰がいつ記入する項目かを営業に確かめてください。",
    en="Ask sales who fills it in, and when.",
)
