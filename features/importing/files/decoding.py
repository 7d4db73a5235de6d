"""Bytes of a text file, in whatever encoding, as UTF-8."""

import codecs
import gzip
import zlib
from pathlib import Path

from features.core.errors import LeadDataError
from features.importing.files.unpacked_size import check_unpacked

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_READ_AT_ONCE = 1 << 22
_GUESSES = ("utf-8", "cp932")
_NOT_IN_CP932 = frozenset("\x80\xa0\uf8f1\uf8f2\uf8f3")
"""What Python makes of bytes that CP932 leaves undefined."""


def read_as_utf8(path: Path, encoding: str = "auto") -> bytes:
    """Text of a file in UTF-8, unpacked, without byte-order mark.

    Parameters
    ----------
    path : path
        May end in ``.gz``.
    encoding : str
        ``auto``: a byte-order mark decides, else UTF-8 if the bytes allow it, else CP932.

    Raises
    ------
    LeadDataError
        If the file is not text in that encoding.
    """
    return _decode(_read_bytes(path), path.name, encoding)


def _read_bytes(path: Path) -> bytes:
    try:
        return _unpack(path) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        msg = f"a file named .gz must be gzipped; got {path.name}, which is not. Rename it."
        raise LeadDataError(msg) from None
    except OSError as error:
        msg = f"a file must be readable; got {path.name} ({error.strerror}). Check the path."
        raise LeadDataError(msg) from None


def _unpack(path: Path) -> bytes:
    packed, data = path.stat().st_size, bytearray()
    with gzip.open(path) as opened:
        while part := opened.read(_READ_AT_ONCE):
            data += part
            check_unpacked(path.name, len(data), packed=packed)
    return bytes(data)


def _decode(data: bytes, file: str, encoding: str) -> bytes:
    """The same text in UTF-8, without byte-order mark."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)
    tried = (encoding,) if encoding != "auto" else (marked,) if marked else _GUESSES
    for name in tried:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, UnicodeError):
            continue
        except LookupError:
            msg = f"an encoding must be one Python knows; got {encoding!r} for {file}. Change it."
            raise LeadDataError(msg) from None
        if "\0" in text:
            break
        if name == "cp932" and not _NOT_IN_CP932.isdisjoint(text):
            continue
        if "\n" not in text:  # line ends as old Macs wrote them
            text = text.replace("\r", "\n")
        return text.removeprefix("\ufeff").encode()
    msg = (
        f"{file} must be text in {' or '.join(tried)}; got bytes that are not. "
        "Save it as CSV in UTF-8, or give its encoding in the mapping."
    )
    raise LeadDataError(msg)
