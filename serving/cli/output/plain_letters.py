"""Output into a file or a console of another encoding: letters that it lacks, by ones it has.

Python writes into pipes and files on a Japanese Windows in CP932, and in a C locale in ASCII. A
minus that became a question mark would turn a loss into nobody knows what.
"""

import codecs
import io
import sys

ERRORS = "awase.plain_letters"
"""Name of the way of writing that :func:`write_anywhere` sets."""

_PLAIN = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{BULLET}": "*",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{PLUS-MINUS SIGN}": "+/-",
        "\N{NO-BREAK SPACE}": " ",
    }
)


def write_anywhere() -> None:
    """Let standard output and error take every text, whatever their encoding."""
    codecs.register_error(ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    told = (letter.translate(_PLAIN) for letter in lacking)
    return "".join(letter if letter.isascii() else "?" for letter in told), error.end
