"""Bytes of a text file, in whatever encoding, as UTF-8."""

import codecs
import errno
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from features.core.atomic_folder import whole_file, write_whole_file
from features.core.errors import LeadDataError
from features.importing.files.unpacked_size import check_unpacked

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_READ_AT_ONCE = 1 << 22
_GUESSES = ("utf-8", "cp932", "cp1252")
_PRIVATE = re.compile("[\x80\xa0\ue000-\uf8ff]")
"""What Python makes of bytes that CP932 leaves undefined or to each company."""

_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_KANA = re.compile("[\u3041-\u30fe]")
_OF_EUROPE = re.compile(
    "[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e"
    "\u20ac\u2013\u2014\u2018-\u201e\u2026\u00a0\u00a3\u00ab\u00ba\u00bb\u00bf\u00a1\u00b0\u00aa]"
)
_SAMPLE = 1_000_000
"""Characters by which an encoding is judged."""
_CHARACTER = re.compile(rb"[\x81-\x9f\xe0-\xfc]([\x40-\xfc])|[\xa1-\xdf]+")
"""A character of two bytes of CP932, or several of one."""


def read_as_utf8(path: Path, encoding: str = "auto") -> bytes:
    """Text of a file in UTF-8, unpacked, without byte-order mark.

    Parameters
    ----------
    path : path
        May end in ``.gz``.
    encoding : str
        ``auto``: a byte-order mark decides, else UTF-8 if the bytes allow it, else
        CP932 where they read as Japanese, else CP1252 where they read as a European language.

    Raises
    ------
    LeadDataError
        If the file is not text in that encoding.
    """
    return _decode(_read_bytes(path), path.name, encoding)


@dataclass(frozen=True, kw_only=True)
class Utf8File:
    """A file whose bytes are UTF-8, to be read from ``begin`` on, behind a byte-order mark."""

    path: Path
    begin: int
    n_quotes: int
    """Quotation marks in all of it."""


def as_utf8_file(path: Path, encoding: str, scratch: Path) -> Utf8File:
    """Text of a file as a file in UTF-8: itself where it is, else a copy.

    A text in UTF-8 is never whole in memory.

    Parameters
    ----------
    path : path
        May end in ``.gz``.
    encoding : str
        As :func:`read_as_utf8` takes it.
    scratch : path
        Folder for the copy.

    Raises
    ------
    LeadDataError
        As :func:`read_as_utf8`.
    """
    with _readable(path):
        plain = path
        if path.suffix == ".gz":
            plain = scratch / path.stem
            with whole_file(plain) as copy:
                copy.writelines(_unpacked(path))
        n_quotes = _quotes_in_utf8(plain) if encoding in ("auto", "utf-8") else None
        if n_quotes is not None:
            with plain.open("rb") as file:
                marked = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
            begin = len(codecs.BOM_UTF8) if marked else 0
            return Utf8File(path=plain, begin=begin, n_quotes=n_quotes)
        data = _decode(plain.read_bytes(), path.name, encoding)
    copied = scratch / f"{path.name}.utf8"
    write_whole_file(copied, data)
    return Utf8File(path=copied, begin=0, n_quotes=data.count(b'"'))


def _quotes_in_utf8(path: Path) -> int | None:
    """Quotation marks in a file; None unless it is text in UTF-8 with line ends as today."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    n_quotes = n_breaks = 0
    with path.open("rb") as file:
        try:
            while part := file.read(_READ_AT_ONCE):
                decoder.decode(part)
                if b"\0" in part:
                    return None
                n_quotes += part.count(b'"')
                n_breaks += part.count(b"\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return n_quotes if n_breaks else None


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error):
        msg = f"a file named .gz must be gzipped; got {path.name}, which is not. Rename it."
        raise LeadDataError(msg) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # of the disk that the copy is for
        msg = f"a file must be readable; got {path.name} ({error.strerror}). Check the path."
        raise LeadDataError(msg) from None


def _read_bytes(path: Path) -> bytes:
    with _readable(path):
        return b"".join(_unpacked(path)) if path.suffix == ".gz" else path.read_bytes()


def _unpacked(path: Path) -> Iterator[bytes]:
    packed, unpacked = path.stat().st_size, 0
    with gzip.open(path) as opened:
        while part := opened.read(_READ_AT_ONCE):
            unpacked += len(part)
            check_unpacked(path.name, unpacked, packed=packed)
            yield part


def _decode(data: bytes, file: str, encoding: str) -> bytes:
    """The same text in UTF-8, without byte-order mark."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)
    tried = (encoding,) if encoding != "auto" else (marked,) if marked else _GUESSES
    doubtful = None
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
        if encoding != "auto" or _READS_AS.get(name, bool)(text):
            return _plain(text)
        doubtful = doubtful or text
    # Few kanji, and no kana: names alone look like neither, and are Japanese all the same.
    if doubtful is not None and not _PRIVATE.search(doubtful):
        return _plain(doubtful)
    msg = (
        f"{file} must be text in {' or '.join(tried)}; got bytes that are not. "
        "Save it as CSV in UTF-8, or give its encoding in the mapping."
    )
    raise LeadDataError(msg)


def _plain(text: str) -> bytes:
    if "\n" not in text:  # line ends as old Macs wrote them
        text = text.replace("\r", "\n")
    return text.removeprefix("\ufeff").encode()


def _reads_as_japanese(text: str) -> bool:
    """Whether a text is Japanese, and not a European one whose accents were taken for kanji.

    An accented letter of CP1252 and the plain letter after it make a kanji of CP932, whose second
    byte is a letter otherwise in one case of four; kana of half width seldom stand alone.
    """
    if _PRIVATE.search(text):
        return False
    if _KANA.search(text):
        return True
    n_all = n_latin = 0
    for found in _CHARACTER.finditer(text.encode("cp932")[:_SAMPLE]):
        second, length = found[1], 1 if found[1] else len(found[0])
        n_all += length
        n_latin += second.isalpha() if second else length == 1
    return n_latin <= 0.7 * n_all


def _reads_as_european(text: str) -> bool:
    """Whether nearly all beyond ASCII are letters and signs of European languages, few in a row."""
    runs = _BEYOND_ASCII.findall(text[:_SAMPLE])
    lengths = [len(run) for run in runs]
    n_fit = sum(len(_OF_EUROPE.findall(run)) for run in runs)
    n_long = sum(length for length in lengths if length > 2)
    return n_fit >= 0.9 * sum(lengths) and n_long <= 0.1 * sum(lengths)


_READS_AS = {"cp932": _reads_as_japanese, "cp1252": _reads_as_european}
