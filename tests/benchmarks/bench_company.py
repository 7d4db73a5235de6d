"""The simulated company: how long it takes to make, to write, and to know the truth about."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from training.simulation.behaviour.futures import true_probabilities
from training.simulation.records.exports import write_company
from training.simulation.settings import CompanySettings
from training.simulation.simulation import simulate
from training.simulation.truth import sample_moments


def main() -> None:
    settings = CompanySettings()
    simulate(replace(settings, leads=100))  # compiled, or read from numba's cache
    began = time.perf_counter()
    company = simulate(settings)
    simulated = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        untold = replace(company, settings=replace(settings, truth_snapshots=0))
        write_company(untold, Path(folder))
    written = time.perf_counter()
    lead, as_of = sample_moments(company)
    true_probabilities(company, lead, as_of, futures=settings.futures)
    told = time.perf_counter()
    futures = len(lead) * settings.futures
    print(
        f"simulate {settings.leads:,} leads, {len(company.journal):,} rows   "
        f"{simulated - began:6.1f} s"
    )
    print(f"write their exports                      {written - simulated:6.1f} s")
    print(f"run {futures:,} futures of 60 days          {told - written:6.1f} s")


if __name__ == "__main__":
    main()
