"""What a command costs before it does anything, against the bare packages it needs.

Whole processes, in turns, the median of each: ``awase --help`` against typer and rich, a command
that reads a release against numpy, pyarrow, sqlalchemy and lightgbm, ``import awase`` alone.
"""

import os
import statistics
import subprocess
import sys
import time

RUNS = 7
BARE = "pass"
CALL = "import sys; sys.argv = {words!r}; from serving.cli import main; main()"
PAIRS = (
    *(
        (
            " ".join(words),
            CALL.format(words=words),
            "typer, rich",
            "import typer, rich, rich.console",
        )
        for words in (
            ["awase", "--help"],
            ["awase", "retrain", "--help"],
            ["awase", "crm", "--help"],
        )
    ),
    (
        "awase explain, before it reads",
        "import serving.cli.operate.explain",
        "numpy, pyarrow, sqlalchemy, lightgbm",
        "import numpy, pyarrow, sqlalchemy, lightgbm",
    ),
    *(
        (
            f"awase {name}, before it reads",
            f"import serving.cli.{module}",
            "numpy, pyarrow, sqlalchemy",
            "import numpy, pyarrow, sqlalchemy",
        )
        for name, module in (
            ("release list", "model.release.list"),
            ("user list", "operate.user"),
            ("definition history", "data.definition.versions"),
        )
    ),
    ("import awase", "import awase", "nothing", BARE),
)


def _seconds(program: str) -> float:
    # Bytecode that is compiled anew at every start would be most of what is measured.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.DEVNULL, check=False
    )
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    for name, program, other, against in PAIRS:
        times = [(_seconds(program), _seconds(against)) for _ in range(RUNS)]
        ours = statistics.median(t for t, _ in times[1:])
        theirs = statistics.median(t for _, t in times[1:])
        ratio = statistics.median(a / b for a, b in times[1:])
        print(f"  {name}: {ours:.2f} s, {ratio:.1f} times {other} ({theirs:.2f} s)")


if __name__ == "__main__":
    main()
