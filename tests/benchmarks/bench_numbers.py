"""How long a column of continental numbers takes at once, and how long value by value.

Run with ``python -m tests.benchmarks numbers``.
"""

import statistics
from time import perf_counter

import pyarrow as pa

from features.importing.mapping.numbers import Notation, read_number_texts

N_VALUES = 60_000
N_RUNS = 5


def main() -> None:
    """Print both times, as medians, and their ratio."""
    written = [f"{n // 100}.{n % 1000:03d},{n % 97:02d}" for n in range(10_000, 10_000 + N_VALUES)]
    at_once = _seconds(pa.array(written))
    # A space between thousands in one of them takes the way that reads value by value.
    one_by_one = _seconds(pa.array([*written, "1 000,5"]))
    print(f"{N_VALUES:,} numbers such as {written[0]}, median of {N_RUNS}")
    print(f"  at once         {at_once:6.3f} s")
    print(f"  value by value  {one_by_one:6.3f} s, {one_by_one / at_once:.0f} times as long")


def _seconds(values: pa.Array) -> float:
    taken = []
    for _ in range(N_RUNS):
        begin = perf_counter()
        read_number_texts(values, Notation())
        taken.append(perf_counter() - begin)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
