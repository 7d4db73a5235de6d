"""How much a packed file may hold: a few kilobytes can unpack to more than any memory.

The limit is a ratio, since honest exports are large but do not shrink by so much: CSV exports to a
fifth or a thirtieth, workbooks to a tenth.
"""

from features.core.errors import LeadDataError

MOST_TIMES = 100
"""Times the packed size."""

ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024
"""What any machine holds; small files of one repeated row shrink further."""

ALWAYS_ALLOWED_CELLS = 50_000_000
MOST_CELLS_PER_BYTE = 200


def most_unpacked(packed: int) -> int:
    """Bytes that a file of so many packed bytes may unpack to."""
    return max(ALWAYS_ALLOWED_BYTES, MOST_TIMES * packed)


def check_unpacked(file: str, unpacked: int, *, packed: int) -> None:
    """Refuse a file that unpacks to too much.

    Parameters
    ----------
    file : str
        Its name.
    unpacked, packed : int
        Bytes; ``unpacked`` may be what was unpacked so far.

    Raises
    ------
    LeadDataError
        If it does.
    """
    most = most_unpacked(packed)
    if unpacked > most:
        msg = (
            f"{file} must unpack to at most {most // 2**20:,} MiB, {MOST_TIMES} times its size or "
            f"{ALWAYS_ALLOWED_BYTES // 2**20} MiB; got more. Export it again, unpacked."
        )
        raise LeadDataError(msg)


def check_cells(file: str, cells: int, *, packed: int) -> None:
    """Refuse a columnar file that says it holds far more cells than its bytes can.

    Parameters
    ----------
    file : str
        Its name.
    cells : int
        Rows times columns.
    packed : int
        Bytes of the file.

    Raises
    ------
    LeadDataError
        If it does.
    """
    most = max(ALWAYS_ALLOWED_CELLS, MOST_CELLS_PER_BYTE * packed)
    if cells > most:
        msg = f"{file} must hold at most {most:,} cells; got {cells:,}. Export it again, as CSV."
        raise LeadDataError(msg)
