"""What somebody typed on a lead's card, given back when it could not be kept.

A stale page, a session that ended, a fault of ours: the answer shows the words again, ready to be
sent once more. Nothing of it is stored; it goes back to the browser it came from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from serving.web.request.forms import TOKEN_FIELD

_WRITTEN_ON = re.compile(r"^/leads/[^/]+/(verdict|note)$")
"""Paths whose forms are given back; no form with a password is among them."""

TYPED = ("comment", "note")
HIDDEN = ("answer", "reason", "easy_to_act_on", "seen", "next")


@dataclass(frozen=True, kw_only=True)
class KeptForm:
    """A form to send again.

    Attributes
    ----------
    action : str
        Path it is sent to.
    token : str
        Of the visitor's forms.
    typed : (str, str)
        Name and text of what was written.
    hidden : tuple of (str, str)
        Names and values of what was chosen.
    """

    action: str
    token: str
    typed: tuple[str, str]
    hidden: tuple[tuple[str, str], ...]


def keep_form(path: str, form: Mapping[str, str], *, token: str | None = None) -> KeptForm | None:
    """A form as it can be sent again; None of one that is not given back.

    Parameters
    ----------
    path : str
        Where it was sent, quoted as in an address.
    form : mapping from str to str
        What was sent.
    token : str, optional
        The visitor's of now; the one that was sent unless given.
    """
    typed = next((name for name in TYPED if name in form), None)
    if typed is None or not _WRITTEN_ON.match(path):
        return None
    return KeptForm(
        action=path,
        token=form.get(TOKEN_FIELD, "") if token is None else token,
        typed=(typed, form[typed]),
        hidden=tuple((name, form[name]) for name in HIDDEN if name in form),
    )
