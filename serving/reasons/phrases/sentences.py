"""Reasons as full sentences: what a concept is called and its values, as somebody would say them.

A list has room for "Site visit: 41 in the last 7 days"; a card says it.
"""

from collections.abc import Callable

from features.core.text import Text
from features.definition.kinds.kind import NO, YES
from serving.reasons.phrases import fixed as words

Tell = Callable[[Text, Text], Text]
"""From the label of a concept and the words of its values to a sentence."""


def tell(label: Text, detail: Text) -> Text:
    """Say what a concept is.

    Examples
    --------
    >>> tell(Text(ja="充足度", en="Completeness"), Text(ja="8項目中5", en="5 of 8 known")).en
    'Completeness is 5 of 8 known.'
    """
    return Text(ja=f"{label.ja}は{detail.ja}です。", en=f"{label.en} is {detail.en}.")


def tell_behaviour(label: Text, detail: Text) -> Text:
    """Say how often something was done."""
    if detail == words.NEVER:
        return Text(ja=f"{label.ja}はまだありません。", en=f"There was no {_within(label)} so far.")
    number, _, when = detail.en.partition(" ")
    times = "once" if number == "1" else f"{number} times"
    return Text(ja=tell(label, detail).ja, en=f"{label.en} was recorded {times} {when}.")


def tell_attribute(label: Text, detail: Text) -> Text:
    """Say what is known of a lead, or that it is not."""
    within = _within(label)
    if detail in (words.UNKNOWN, words.TIMING_NOT_STATED):
        return Text(ja=f"{label.ja}は{detail.ja}です。", en=f"The {within} is {detail.en}.")
    if detail in (YES, NO):
        return Text(ja=f"{label.ja}は「{detail.ja}」です。", en=f"{label.en}: {detail.en}.")
    # What was said, then what is made of it today.
    japanese = tell(label, Text(ja=detail.ja.replace("→", "で、"), en="")).ja
    if detail.en.startswith('"'):
        return Text(ja=japanese, en=f"The {within} was given as {detail.en}.")
    if detail.en.lower().endswith(f" {within}"):
        return Text(ja=japanese, en=f"There are {detail.en}.")
    return Text(ja=japanese, en=f"The {within} is {detail.en.replace('; ', ', ')}.")


def tell_activity(label: Text, detail: Text) -> Text:
    """Say on how many days a lead did anything."""
    if detail == words.NO_ACTIVITY:
        return Text(ja="まだ活動がありません。", en="There was no activity so far.")
    if detail.en.startswith("none "):
        english = f"There was no activity{detail.en.removeprefix('none')}."
    else:
        was = "was active" if detail.en.startswith("on ") else "showed"
        english = f"The lead {was} {detail.en}."
    return Text(ja=tell(label, detail).ja, en=english)


def tell_age(_label: Text, detail: Text) -> Text:
    """Say how long a lead has been known."""
    return Text(
        ja=f"{detail.ja}に獲得したリードです。", en=f"The lead has been known for {detail.en}."
    )


def tell_account(label: Text, detail: Text) -> Text:
    """Say what is known of the account, or of the lead's colleagues there."""
    if detail == words.ACCOUNT_UNKNOWN:
        return Text(ja="企業が不明です。", en="The account is not known.")
    return Text(
        ja=f"{label.ja}については、{detail.ja}という状況です。",
        en=f"At the account there are {detail.en}.",
    )


def _within(label: Text) -> str:
    """A label inside an English sentence; an abbreviation keeps its capitals."""
    first, rest = label.en[:1], label.en[1:]
    return label.en if rest[:1].isupper() else first.lower() + rest
