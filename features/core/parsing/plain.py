"""The plain form in which business text is compared, and the word lists turned into one pattern.

What a text denies is cut out before anything is read from the rest.

"Not now" names no time and 部長ではない no title. A denial reaches from the beginning of its clause
(Japanese), or from the word that denies (English), to where the next clause begins. What only
sounds like one stays: しないといけない is a must, かもしれない a maybe, "no later than" a deadline.
"Not before 2027" and 来期でないと affirm the time they name, as the earliest.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby, pairwise

_SPACES = re.compile(r"\s+")
# Characters set apart for looks ("部　長", "代 表 取 締 役"): a run of single Japanese characters.
_SET_APART = re.compile(r"(?<!\S)([^\W\da-z])\s+(?=[^\W\da-z](?:\s|$))")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | {"〜": "~", "～": "~", "’": "'"})


def plain(text: str) -> str:
    """Text with one width and case, single spaces, plain dashes and tildes.

    Examples
    --------
    >>> plain("ｼｽﾃﾑ課　Ｍａｎａｇｅｒ")
    'システム課 manager'
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_DASHES)
    return _SPACES.sub(" ", folded).strip()


def close_up(text: str) -> str:
    """Plain text in which characters set apart for looks stand together again.

    Examples
    --------
    >>> close_up("営業部 部 長")
    '営業部 部長'
    """
    return _SET_APART.sub(r"\1", text)


def words(listed: str) -> tuple[str, ...]:
    """Words of a comma-separated list, the form in which the long word lists stay readable."""
    return tuple(word.strip() for word in listed.split(","))


def any_of(wanted: Iterable[str]) -> str:
    """Pattern that finds the longest of the words, Latin ones only as whole words.

    Words are grouped by their first character, since the regular expression engine tries the
    branches of a pattern one after another: three times faster on a hundred words.
    """
    latin: list[str] = []
    other: list[str] = []
    for word in sorted(set(wanted)):
        (latin if word.isascii() else other).append(word)
    patterns = []
    if other:
        patterns.append(_grouped(other))
    if latin:
        patterns.append(f"(?<![a-z])(?:{_grouped(latin)})(?![a-z])")
    return "|".join(patterns)


def _grouped(wanted: list[str]) -> str:
    branches = []
    for first, group in groupby(wanted, key=lambda word: word[0]):
        tails = sorted((word[1:] for word in group), key=len, reverse=True)
        branches.append(re.escape(first) + "(?:" + "|".join(map(re.escape, tails)) + ")")
    return "|".join(branches)


_EARLIEST = re.compile(
    r"(?:(?<![a-z])(?:not?|nothing|never|cannot|unlikely)|n['’]t)(?![a-z])(?: [a-z]+){0,5}? "
    r"(?:before|until|till|(?:earlier|sooner) than)(?![a-z])(?: the)?(?: end of)?"
)
_NEXT_CLAUSE = r"(?<![a-z])(?:but|maybe|perhaps|rather|instead|probably|however|more like)(?![a-z])"
_ENGLISH = re.compile(
    r"(?:(?<![a-z])(?:not|never|neither|nor|cannot|unlikely|no (?:rush|hurry|urgency|need))"
    r"|[a-z]n['’]t)(?![a-z])(?! (?:any )?(?:later than|after|sure|only)(?![a-z]))"
    rf".*?(?=$|[;!?()、。]|,(?! ?20\d\d)|\.(?!\d)|{_NEXT_CLAUSE})"
)
_NO_DENIAL = re.compile(
    r"か(?:も|と)(?:しれ|知れ)な[いく]|しかな[いく]|(?:間も|まも|ほど|遠から[ずぬ]?|間違い|問題|滞り)な[くい]"
    r"|少なくとも|な(?:い|かった)(?:でしょう|だろう)?か|ませんか"
)
_UNLESS = re.compile(
    r"ないと|なければ|なきゃ|まで(?:は|に)?(?=待て|無理|でき|難し|厳し|動け|決め|決ま|検討)"
)
_JAPANESE = re.compile(r"^.*?(?:な(?:い|く|かった)|ません|無理|難し|厳し|困難|不可)")
_CLAUSE = re.compile(r"[、。,;!?()\n]|(?<=[いだすた])が(?![あなで])|けれども?|けど|ものの")


def without_denied(text: str) -> str:
    """A text without what it denies.

    Parameters
    ----------
    text : str
        In plain letters, see :func:`features.core.parsing.plain.plain`.

    Examples
    --------
    >>> without_denied("すぐではなく来期")
    '来期'
    >>> without_denied("not now, maybe next year")
    ', maybe next year'
    >>> without_denied("not before 2027")
    'from 2027'
    """
    text = _ENGLISH.sub("", _EARLIEST.sub("from", text))
    if text.isascii():
        return text
    text = _NO_DENIAL.sub("", text)
    ends = [(0, 0), *(match.span() for match in _CLAUSE.finditer(text)), (len(text), len(text))]
    kept = ""
    for (_, begin), (end, after) in pairwise(ends):
        clause = text[begin:end]
        unless = _UNLESS.search(clause)
        # "Unless" and "until" deny what follows, not the time before them.
        kept += clause[: unless.end()] if unless else _JAPANESE.sub("", clause)
        kept += text[end:after]
    return kept


def fold_spelling(text: str, *, keep_case: bool = False) -> str:
    """What spellings of one category have in common.

    Examples
    --------
    >>> fold_spelling("Ｗｅｂ"), fold_spelling("ｾﾐﾅｰ")
    ('web', 'セミナー')
    """
    wide = unicodedata.normalize("NFKC", text).strip()
    return wide if keep_case else wide.casefold()
