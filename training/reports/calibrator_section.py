"""Which kind of calibrator is used, and how every kind did on later blocks of time."""

from collections.abc import Iterator, Sequence

from features.core.formats import NUMBER_DECIMALS, same, signed
from features.core.text import Text
from training.calibration.calibrator import PLATT
from training.reports.document import cells
from training.reports.document.blocks import Section, Table, columns
from training.results.calibration_records import CalibratorTrial


def calibrators_section(trials: Sequence[CalibratorTrial]) -> Iterator[Section]:
    """Write the kinds of calibrator side by side; nothing where none were tried."""
    if not trials:
        return
    used = next((trial for trial in trials if trial.is_used), trials[0])
    blocks = trials[0].n_blocks
    if used.kind == PLATT:
        why = Text(
            ja=f"後の{blocks}期間すべてで、しかも偶然を超えて良い方式は他になく、Plattを使います。",
            en=f"Platt is used: no other kind is better in each of {blocks} later blocks of time "
            "and over all of them beyond chance.",
        )
    else:
        why = Text(
            ja=f"後の{blocks}期間すべてで、しかも偶然を超えてPlattより良く、{used.kind}を使います。",
            en=f"{used.kind} is used: it is better than Platt in each of {blocks} later blocks of "
            "time and over all of them beyond chance.",
        )
    labels = (
        Text(ja="方式", en="Kind"),
        Text(ja="対数損失", en="Log loss"),
        Text(ja="Plattとの差(95%区間)", en="Less Platt's (95% interval)"),
        Text(ja="Plattより良い期間", en="Blocks better than Platt"),
    )
    rows = tuple(
        cells.row(
            same(trial.kind),
            cells.number(trial.log_loss),
            cells.cell(signed(trial.difference, NUMBER_DECIMALS)),
            cells.count(trial.n_blocks_better),
        )
        for trial in trials
    )
    yield Section(
        name="calibrators",
        heading=Text(ja="較正の方式", en="Which calibrator"),
        lines=(why,),
        tables=(Table(columns=columns(*labels), rows=rows),),
    )
