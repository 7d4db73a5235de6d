"""The form in which people are searched: however a name or a number is typed, it is found."""

import re

from features.core.parsing.plain import plain

FIELDS = ("name", "name_kana", "email", "phone", "company")
"""What of a person is searched: the fields of :func:`search_text`, in their order."""

# ァ to ヶ, with their hiragana 0x60 before them; ー and ・ stay.
_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
_LEFT_OUT = re.compile(r"[\s・]")
# ー is what ｰ became: some type it between digits.
_DASH_OF_NUMBER = re.compile(r"(?<=\d)[-ー.]+(?=\d|$)")
_JAPAN = re.compile(r"(?:\+|(?<!\d)00)81[-ー.\s]*(?:\(0\)|0)?")
_NUMBER = re.compile(r"[-ー+().\s\d]*\d[-ー+().\s\d]*")


def fold(text: str) -> str:
    """Text in one width, case and kana, without spaces; a telephone number as its digits.

    Examples
    --------
    >>> fold("ﾉｰｽﾘｰﾌ　Inc."), fold("佐藤　拓也"), fold("+81 (0)3-1234-5678")
    ('のーすりーふinc.', '佐藤拓也', '0312345678')
    """
    folded = plain(text)
    if not folded.isascii():
        folded = folded.translate(_HIRAGANA)
    if _NUMBER.fullmatch(folded):
        return _digits(folded)
    return _DASH_OF_NUMBER.sub("", _LEFT_OUT.sub("", folded))


def search_text(*fields: str | None) -> str:
    """What a person is found by, a line a field, so that no search reaches from one to the next.

    Parameters
    ----------
    *fields : str or None
        Values of :data:`FIELDS`, in that order.

    Examples
    --------
    >>> search_text("佐藤 拓也", "サトウ タクヤ", None, "03-1234-5678 (内線 12)", None)
    '佐藤拓也\\nさとうたくや\\n031234567812'
    """
    given = [
        _digits(plain(value)) if name == "phone" else fold(value)
        for name, value in zip(FIELDS, fields, strict=True)
        if value
    ]
    return "\n".join(part for part in given if part)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", _JAPAN.sub("0", text))
