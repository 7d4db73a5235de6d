"""Run the benchmarks: ``make bench``, or some: ``python -m tests.benchmarks snapshot training``.

Each ``bench_<topic>.py`` prints a small table of ratios to named opponents, measured in one run,
which is kept in ``docs/performance.md`` beside the one before. Nothing here asserts a time:
machines differ, and a timed test fails for no reason of ours.
"""

import importlib.util
import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

from tests.benchmarks.figures_kept import keep_figures

HERE = Path(__file__).parent


class _Heard(io.StringIO):
    """Shows what is printed, and keeps it."""

    def write(self, text: str) -> int:
        sys.__stdout__.write(text)
        return super().write(text)

    def flush(self) -> None:
        sys.__stdout__.flush()


def main(topics: list[str]) -> None:
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = sorted(set(topics) - set(known))
    if unknown:
        sys.exit(f"benchmarks are {', '.join(known)}; got {', '.join(unknown)}.")
    for topic in topics or known:
        print(f"\n== {topic} ==", flush=True)
        path = HERE / f"bench_{topic}.py"
        spec = importlib.util.spec_from_file_location(f"bench_{topic}", path)
        if spec is None or spec.loader is None:
            sys.exit(f"a benchmark must be a Python file; got {path.name}.")
        module = importlib.util.module_from_spec(spec)
        # Worker processes of a benchmark find their functions by this name.
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        heard = _Heard()
        with redirect_stdout(heard):
            module.main()
        keep_figures({topic: heard.getvalue()})


if __name__ == "__main__":
    main(sys.argv[1:])
