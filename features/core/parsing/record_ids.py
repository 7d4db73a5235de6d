"""Keys of records as CRMs print them and spreadsheets spoil them.

Salesforce prints one id in two lengths: 15 characters that tell small letters from capitals, and
18, of which the last three say which of them are capitals. Reports give the short one, the API the
long one; here the long one stands for both.
"""

import re

PREFIXES = ("00Q", "003", "001", "006", "005", "00T", "00U", "00v", "701")
"""First characters of the ids of leads, contacts, accounts, opportunities, users, tasks, events,
members of campaigns, and campaigns. Only with these is an id taken for one of Salesforce's."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(rf"^(?:{'|'.join(PREFIXES)})[0-9A-Za-z]{{12}}(?:[0-9A-Za-z]{{3}})?$")


def is_salesforce_id(text: str) -> bool:
    """Whether a key has the shape of an id of Salesforce, in either length."""
    return bool(_ID.match(text)) and any(character.isalpha() for character in text[:15])


def long_id(text: str) -> str | None:
    """The 18 characters of an id of Salesforce; None if the last three do not fit the others.

    Examples
    --------
    >>> long_id("0015000000abcDE")
    '0015000000abcDEAAY'
    """
    short = text[:15]
    tail = "".join(
        _ALPHABET[sum(1 << at for at, letter in enumerate(short[begin : begin + 5])
                      if letter.isascii() and letter.isupper())]
        for begin in (0, 5, 10)
    )  # fmt: skip
    if len(text) == 18 and text[15:].upper() != tail:
        return None
    return short + tail
