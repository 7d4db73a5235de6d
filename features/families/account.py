"""Features of the account: what the lead's colleagues did, where several people decide."""

from collections.abc import Callable, Iterator

from features.core.arrays import FloatArray
from features.core.errors import LeadDataError
from features.core.text import Text
from features.definition.lead_definition import LeadDefinition
from features.families.behaviour import TIMES, window_label, window_suffix
from features.feature import Axis, Feature
from features.lookback.bulk import BulkLookback
from features.lookback.colleagues import Colleagues
from features.lookback.protocol import Lookback

ACCOUNT, COLLEAGUES = "account", "colleagues"
"""What is known of the company, and what others there did: two reasons of different axes."""

OfColleagues = Callable[[Colleagues], FloatArray]

ACTIVE_PEOPLE = Text(ja="同じ企業で活動した人数", en="Active colleagues")


def account_features(definition: LeadDefinition) -> Iterator[Feature]:
    """People, their behaviours and deals at the lead's account, the lead itself left out.

    Behaviours are counted over the longest window only: the shorter ones of nine behaviours would
    double the catalogue and say little more than the active people do.
    """
    if not (definition.windows.account and definition.dated and definition.windows.days):
        return
    yield _feature(
        "account_people",
        Text(ja="同じ企業の知っている人数", en="Colleagues known"),
        "people",
        Colleagues.people,
        concept=ACCOUNT,
    )
    for days in definition.windows.days:
        yield _feature(
            f"account_active_people_{window_suffix(days)}",
            window_label(ACTIVE_PEOPLE, days),
            "people",
            _active(days),
        )
    longest = definition.windows.days[-1]
    for behaviour in definition.lead_behaviours:
        label = Text(
            ja=f"同じ企業の他の人の{behaviour.label.ja}", en=f"Colleagues: {behaviour.label.en}"
        )
        yield _feature(
            f"account_{behaviour.name}_{window_suffix(longest)}",
            window_label(label, longest),
            TIMES,
            _count(behaviour.name, longest),
        )
    yield from _deals()


def _deals() -> Iterator[Feature]:
    yield _feature(
        "days_since_account_first_touch",
        Text(ja="その企業との最初の接点からの日数", en="Days since the account's first touch"),
        "days",
        Colleagues.days_since_first_touch,
    )
    yield _feature(
        "account_open_deals",
        Text(ja="同じ企業で進行中の商談", en="Deals under way with colleagues"),
        "deals",
        Colleagues.open_deals,
        concept=ACCOUNT,
    )
    yield _feature(
        "account_won_deals",
        Text(ja="同じ企業の受注", en="Deals won with colleagues"),
        "deals",
        Colleagues.won_deals,
        concept=ACCOUNT,
    )


def _feature(
    name: str, label: Text, unit: str, rule: OfColleagues, *, concept: str = COLLEAGUES
) -> Feature:
    def compute(lookback: Lookback) -> FloatArray:
        return rule(colleagues_of(lookback))

    axis = Axis.INFORMATION if concept == ACCOUNT else Axis.BEHAVIOUR
    return Feature(name=name, concept=concept, axis=axis, label=label, unit=unit, compute=compute)


def colleagues_of(lookback: Lookback) -> Colleagues:
    """The other people of the account of each moment's lead.

    Raises
    ------
    LeadDataError
        If the history was built by a definition that asks for no accounts.
    """
    if not isinstance(lookback, BulkLookback) or lookback.history.accounts is None:
        msg = (
            "features of accounts need a history with accounts; got one without. "
            "Build it with the definition that asks for them (windows.account)."
        )
        raise LeadDataError(msg)
    return Colleagues(lookback=lookback, accounts=lookback.history.accounts)


def _active(days: int) -> OfColleagues:
    return lambda colleagues: colleagues.active_people(days)


def _count(behaviour: str, days: int) -> OfColleagues:
    return lambda colleagues: colleagues.count(behaviour, days)
