"""Keys of records as CRMs print them and spreadsheets spoil them.

Salesforce prints one id in two lengths: 15 characters that tell small letters from capitals, and
18, of which the last three say which of them are capitals. Reports give the short one, the API the
long one; here the long one stands for both.
"""

import re

PREFIXES = ("00Q", "003", "001", "006", "005", "00T", "00U", "00v", "701")
"""First characters of the ids of leads, contacts, accounts, opportunities, users, tasks, events,
members of campaigns, and campaigns. Only with these is an id taken for one of Salesforce's."""

SHORT = 15
"""Characters of an id as Salesforce's reports give it."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(rf"^(?:{'|'.join(PREFIXES)})[0-9A-Za-z]{{12}}(?:[0-9A-Za-z]{{3}})?$")


def is_salesforce_id(text: str) -> bool:
    """Whether a key has the shape of an id of Salesforce, in either length."""
    return bool(_ID.match(text)) and any(character.isalpha() for character in text[:SHORT])


def long_id(text: str) -> str | None:
    """The 18 characters of an id of Salesforce; None if the last three do not fit the others.

    Examples
    --------
    >>> long_id("0015000000abcDE")
    '0015000000abcDEAAY'
    """
    short = text[:SHORT]
    tail = "".join(
        _ALPHABET[sum(1 << at for at, letter in enumerate(short[begin : begin + 5])
                      if letter.isascii() and letter.isupper())]
        for begin in (0, 5, 10)
    )  # fmt: skip
    if len(text) == 18 and text[SHORT:].upper() != tail:
        return None
    return short + tail


def one_spelling(text: str) -> str:
    """The form in which the id of a record is compared: Salesforce's long one, others as they are.

    Examples
    --------
    >>> one_spelling("0015000000abcDE"), one_spelling("4711")
    ('0015000000abcDEAAY', '4711')
    """
    return (long_id(text) or text) if is_salesforce_id(text) else text
