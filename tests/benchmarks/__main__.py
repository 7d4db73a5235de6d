"""Run the benchmarks: ``make bench``, or some: ``python -m tests.benchmarks snapshot training``.

Each ``bench_<topic>.py`` prints a small table of ratios to named opponents, measured in one run.
Nothing here asserts a time: machines differ, and a timed test fails for no reason of ours.
"""

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent


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
        module.main()


if __name__ == "__main__":
    main(sys.argv[1:])
