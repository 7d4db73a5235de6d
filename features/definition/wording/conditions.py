"""The patterns around the words of a condition, in Japanese and English; stated here once."""

from functools import reduce

from features.core.text import Text

AND = Text(ja="かつ", en=" and ")
OR = Text(ja="または", en=" or ")

Bounds = tuple[float | None, float | None]


def joined(parts: list[Text], joint: Text) -> Text:
    """Parts, one after the other."""
    return reduce(
        lambda so_far, part: Text(
            ja=f"{so_far.ja}{joint.ja}{part.ja}", en=f"{so_far.en}{joint.en}{part.en}"
        ),
        parts,
    )


def about(what: Text, test: Text) -> Text:
    """What a test says of something."""
    return Text(ja=f"{what.ja}{test.ja}", en=f"{what.en} {test.en}")


def in_bounds(bounds: Bounds, unit: Text) -> Text:
    """From where to where, with a unit behind it."""
    low, high = (None if bound is None else f"{bound:,.12g}" for bound in bounds)
    if low is not None and high is not None:
        return Text(ja=f"{low}〜{high}{unit.ja}", en=f"{low} to {high}{unit.en}")
    if low is not None:
        return Text(ja=f"{low}{unit.ja}以上", en=f"at least {low}{unit.en}")
    return Text(ja=f"{high}{unit.ja}以下", en=f"at most {high}{unit.en}")


def is_known(known: bool) -> Text:
    """Whether something is known."""
    if known:
        return Text(ja="がわかっている", en="known")
    return Text(ja="がわかっていない", en="not known")


def is_yes(true: bool) -> Text:
    """Whether something is true."""
    return Text(ja=": はい", en="is yes") if true else Text(ja=": いいえ", en="is no")


def after_ga(words: Text) -> Text:
    """A test with the particle before it that Japanese needs."""
    return Text(ja=f"が{words.ja}", en=words.en)


def unit_after(unit: str | None) -> Text:
    """A unit as it stands behind a number."""
    return Text(ja="", en="") if unit is None else Text(ja=f" {unit}", en=f" {unit}")


def is_one_of(values: list[Text]) -> Text:
    """One of some values."""
    ja = "・".join(value.ja for value in values)
    en = ", ".join(value.en for value in values)
    return Text(ja=f"が{ja}" + ("のいずれか" if len(values) > 1 else ""), en=f"is {en}")
