"""How much of the model's advantage a rulebook recovered, as it is written down."""

from dataclasses import dataclass
from enum import StrEnum

from features.core.estimate import Measured
from features.core.formats import agreed_share
from features.core.text import Text


class Volume(StrEnum):
    """How many leads are handed over when policies are compared."""

    CAPACITY = "capacity"
    """As many as sales can work; today's rulebook hands over its best."""

    MQL = "mql"
    """As many as today's rulebook hands over as MQL."""

    SQL = "sql"
    """As many as today's rulebook hands over as SQL candidates."""


VOLUME_WORDS: dict[Volume, Text] = {
    Volume.CAPACITY: Text(ja="営業が対応できる件数", en="As many leads as sales can work"),
    Volume.MQL: Text(ja="今のルールブックのMQLと同じ件数", en="As many leads as today's MQLs"),
    Volume.SQL: Text(
        ja="今のルールブックのSQL候補と同じ件数", en="As many leads as today's SQL candidates"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Outcomes caught by three policies that hand over equally many leads.

    Attributes
    ----------
    volume : Volume
        Why so many.
    n_handed_over : int
        Leads each policy hands over in the period.
    today_caught, proposed_caught, model_caught : float
        Hand-overs followed by an outcome within the horizon.
    advantage : Measured
        Outcomes the model catches more than today's rulebook.
    gain : Measured
        Outcomes the proposal catches more than today's rulebook.
    recovered : Measured or None
        Share of the advantage; None where the advantage's interval contains zero, since there is
        nothing sure to recover then.
    """

    volume: Volume
    n_handed_over: int
    today_caught: float
    proposed_caught: float
    model_caught: float
    advantage: Measured
    gain: Measured
    recovered: Measured | None

    @property
    def in_words(self) -> Text:
        """How much of the model's advantage the proposal has, which is never more than all."""
        found = self.recovered
        if found is None:
            return Text(ja="モデルの優位が確かでない", en="the model's advantage is not sure")
        if found.value <= 0:
            return Text(ja="なし", en="none of it")
        at = _part(found.value)
        if found.low is None or found.high is None:
            return Text(ja=at.ja, en=f"{at.en} of it")
        low, high = _part(found.low), _part(found.high)
        if found.value >= 1:
            if found.low >= 1:
                return Text(ja="すべて", en="all of it")
            return Text(ja=f"すべて({low.ja}以上)", en=f"all of it ({low.en} or more)")
        return Text(ja=f"{at.ja}({low.ja}〜{high.ja})", en=f"{at.en} of it ({low.en} to {high.en})")


def _part(of_advantage: float) -> Text:
    if of_advantage >= 1:
        return Text(ja="すべて", en="all")
    if of_advantage <= 0:
        return Text(ja="なし", en="none")
    return agreed_share(round(of_advantage, 2)).value
