"""Company names without their legal form, and numbers of employees.

A name is stripped only to be compared: "株式会社山田製作所" and "山田製作所㈱" are one company. Two
companies may still share a stripped name, so it never stands in for an account's id.
"""

import re

from features.core.parsing.plain import plain, words
from features.core.parsing.quantity import Quantity, find_quantities

# At either end of a name; the plain form writes ㈱ as (株).
JAPANESE_FORMS = words(
    "株式会社, (株), 株), (株, 有限会社, (有), 合同会社, (同), 合資会社, (資), 合名会社, "
    "(名), 相互会社, 特定目的会社, 一般社団法人, 公益社団法人, (一社), (公社), 一般財団法人, "
    "公益財団法人, (一財), (公財), 社団法人, 財団法人, (社), (財), 学校法人, (学), "
    "医療法人社団, 医療法人財団, 医療法人, (医), 社会福祉法人, (福), 宗教法人, "
    "特定非営利活動法人, npo法人, 独立行政法人, (独), 国立大学法人, 公立大学法人, "
    "地方独立行政法人, 税理士法人, 弁護士法人, 司法書士法人, 行政書士法人, 監査法人, カ), "
    "(カ), (カ, ユ), (ユ), ド)"
)
# Whole words at the end of a name, dots and commas already gone.
ENGLISH_FORMS = words(
    "inc, incorporated, corp, corporation, co, company, ltd, limited, llc, llp, lp, plc, "
    "pllc, gmbh, mbh, ag, kg, se, sa, sas, sarl, bv, nv, ab, as, asa, aps, oy, oyj, spa, srl, "
    "sl, ltda, pty, pte, sdn, bhd, pvt, and, private, kk, gk, yk, kabushiki, kaisha, godo, "
    "goshi, yugen, jsc, ooo"
)
# Two spellings of one character that the width folding keeps apart.
VARIANTS = str.maketrans(
    {"髙": "高", "﨑": "崎", "濵": "浜", "邉": "辺", "邊": "辺", "ヶ": "ケ", "&": "and"}
)

LONGEST_NAME = 300
LONGEST_SIZE = 200
"""Characters read of a name and of a size."""

_JAPANESE = "|".join(re.escape(form) for form in sorted(JAPANESE_FORMS, key=len, reverse=True))
_AT_AN_END = re.compile(rf"^(?:{_JAPANESE})|(?:{_JAPANESE})$")
_DOTS = re.compile(r"(?<=[a-z])\.")
_WORDS = re.compile(r"[^\W_]+")

_HEADCOUNT = re.compile(r" ?(?:名|人|employees?|people|persons?|staff|fte|headcount)")
_OF_SOMETHING_ELSE = re.compile(r" ?(?:円|億|ドル|社|拠点|店舗|箇所|usd|yen|jpy|offices?|stores?)")
_MONEY_BEFORE = re.compile(r"(?:[¥$€£]|資本金|売上高?|年商|revenue|sales|capital)[: は]*$")
_ALONE = re.compile(
    r"(?:個人|個人事業主|自営業|フリーランス|just me|only me|self[- ]employed|freelance)"
)


def normalise_company(text: str | None) -> str:
    """Company name as compared: without legal form, width, case, spaces and punctuation.

    Examples
    --------
    >>> normalise_company("（株）山田 製作所") == normalise_company("山田製作所株式会社")
    True
    >>> normalise_company("Acme Co., Ltd.")
    'acme'
    """
    if not text:
        return ""
    name = plain(text[:LONGEST_NAME]).translate(VARIANTS)
    name = _AT_AN_END.sub("", name).strip()
    name = _AT_AN_END.sub("", name)
    words = _WORDS.findall(_DOTS.sub("", name))
    kept = list(words)
    while len(kept) > 1 and kept[-1] in ENGLISH_FORMS:
        kept.pop()
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    return "".join(kept)


def read_company_size(text: str | None) -> float | None:
    """Number of employees; None where the text states none.

    A range becomes its middle, an open one its stated end (see
    :mod:`features.core.parsing.quantity`).

    Examples
    --------
    >>> read_company_size("51-200名"), read_company_size("1,000人以上")
    (125.5, 1000.0)
    """
    if not text:
        return None
    size = plain(text[:LONGEST_SIZE])
    if size.startswith("-"):
        return None  # a sentinel such as -1, or a dash for nothing
    candidates = [q for q in find_quantities(size) if not _is_something_else(size, q)]
    for quantity in candidates:
        if _HEADCOUNT.match(size, quantity.end):
            return quantity.value
    if candidates:
        return candidates[0].value
    return 1.0 if _ALONE.search(size) else None


def _is_something_else(text: str, quantity: Quantity) -> bool:
    return bool(
        _OF_SOMETHING_ELSE.match(text, quantity.end)
        or _MONEY_BEFORE.search(text, 0, quantity.start)
    )
