"""Each past month as it would have been: learn from what had matured, judge it, wait, compare.

For every month a fit of its own, from outcomes as they were recorded when the month began, with
cut-offs chosen on what was then the past. Only months whose every snapshot has matured since are
judged: in the newest ones the quick successes are in and the slow failures are not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from features.core.arrays import FloatArray, IntArray
from features.core.clock import month_starts
from features.core.errors import LeadDataError, Refusal
from features.core.qualification import Qualification
from features.core.text import Text
from training.calibration.base_rate.adjust import at_level
from training.cutoffs.choose import first_crossings, share_with_interval
from training.cutoffs.expected_volume import forecast_month
from training.dataset.dataset import Gathered
from training.dataset.outcomes import matured_by
from training.dataset.segments import segments_of
from training.dataset.split import split_before
from training.evaluation.backtest_records import Backtest, BacktestMonth, CrossingCheck, MonthVolume
from training.evaluation.baselines import compare_opponents, fit_logistic
from training.evaluation.metrics.calibration_error import (
    calibration_error,
    decompose,
    prove,
    reliability_curve,
)
from training.evaluation.metrics.metrics import log_loss
from training.evaluation.metrics.reliability_bands import by_band
from training.evaluation.metrics.with_intervals import measure
from training.evaluation.rulebook_inputs import phases_at
from training.evaluation.segment_calibration import Texts, check_segments
from training.evaluation.train import Material, learn, look_back, material_of
from training.model.boosting.sample_weights import mean
from training.model.fit import learning_matrix
from training.model.linear.additive_logistic import Line
from training.model.results import CutOffs
from training.model.scored import Judged

Progress = Callable[[int, int], None]
"""Told how many months are done, and of how many."""


@dataclass(frozen=True, kw_only=True)
class _Month:
    """One judged month: its record and the rows behind it."""

    record: BacktestMonth
    judged: Judged
    logistic: FloatArray
    base_rate: FloatArray
    segments: dict[str, Texts]


def backtest(
    gathered: Gathered,
    *,
    first: int | None = None,
    last: int | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Judge past months, each by what could be known when it began.

    Parameters
    ----------
    first, last : int, optional
        Starts of the first and last month, seconds since 1970 UTC; all that can be judged unless
        given.

    Raises
    ------
    LeadDataError
        If the data set has no dates.
    Refusal
        If no month can be judged.
    """
    if not gathered.definition.dated:
        msg = (
            "a backtest needs dates; got a data set without any. "
            "Use `awase retrain`, which tests on leads held out."
        )
        raise LeadDataError(msg)
    starts = judgeable_months(gathered)
    chosen = [
        (start, end)
        for start, end in starts
        if (first is None or start >= first) and (last is None or start <= last)
    ]
    months: list[_Month] = []
    skipped: list[tuple[int, Text]] = []
    for done, (start, end) in enumerate(chosen):
        try:
            months.append(_judge_month(gathered, start, end))
        except Refusal as refusal:
            skipped.append((start, Text(ja=str(refusal), en=str(refusal))))
        if progress is not None:
            progress(done + 1, len(chosen))
    if not months:
        msg = (
            "a backtest needs a month whose snapshots have all matured and that enough had matured "
            f"before; got none of {len(chosen)} asked for. Import older leads, or shorten the "
            "horizon."
        )
        raise Refusal(msg)
    return _gathered_up(gathered, months, tuple(skipped))


def judgeable_months(gathered: Gathered) -> list[tuple[int, int]]:
    """Start and end of every month that has snapshots, all of them matured by the data cut-off."""
    as_of = gathered.moments.as_of
    if not len(as_of):
        return []
    zone = gathered.definition.zone
    starts = month_starts(int(as_of.min()) - 1, gathered.data_cutoff, zone)
    months = []
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        inside = (as_of >= start) & (as_of < end)
        matured = matured_by(gathered.at(inside), gathered.definition, gathered.data_cutoff)
        if inside.any() and matured.all():
            months.append((start, end))
    return months


def _judge_month(gathered: Gathered, start: int, end: int) -> _Month:
    part = split_before(
        gathered.tables,
        gathered.history,
        gathered.moments,
        definition=gathered.definition,
        when=start,
    )
    rows = _rows_between(gathered, start, end)
    material = material_of(gathered, part, known_before=start)
    fitted = at_level(learn(material), gathered, part, until=start - 1, known_at=start)
    learned, past = fitted.learned, fitted.past
    snapshot = look_back(learned.fit, gathered, rows)
    judged = Judged(
        probability=learned.fit.probability(snapshot.matrix),
        converted=gathered.outcomes.converted[rows],
        matured=np.ones(len(rows), dtype=np.bool_),
        lead=snapshot.moments.lead,
        group=gathered.groups_at(rows),
        as_of=snapshot.moments.as_of,
        weight=gathered.outcomes.take(rows).weight,
    )
    logistic = _logistic_of(material).probability(snapshot.matrix)
    everybody = np.full(len(judged), learned.summary.base_rate)
    first = judged.take(judged.first_of_lead)
    record = BacktestMonth(
        start=start,
        n_train=len(part),
        n_snapshots=len(judged),
        n_converted=int(judged.converted.sum()),
        mean_probability=mean(judged.probability, judged.weight),
        log_loss=log_loss(judged.probability, judged.converted, judged.weight),
        logistic_log_loss=log_loss(logistic, judged.converted, judged.weight),
        base_rate_log_loss=log_loss(everybody, judged.converted, judged.weight),
        volumes=_volumes(past, judged, fitted.cut_offs),
        bands=by_band(first.probability, first.converted, first.weight),
        proof=prove(judged, seed=gathered.seed),
        logistic_proof=prove(replace(judged, probability=logistic), seed=gathered.seed),
    )
    segments = segments_of(snapshot, np.arange(len(rows)), gathered.definition)
    phases = phases_at(gathered, judged.lead.astype(np.int64), judged.as_of)
    if phases is not None:
        segments += (phases,)
    return _Month(
        record=record,
        judged=judged,
        logistic=logistic,
        base_rate=everybody,
        segments={segment.attribute: segment.value for segment in segments},
    )


def _rows_between(gathered: Gathered, start: int, end: int) -> IntArray:
    as_of = gathered.moments.as_of
    rows = np.flatnonzero((as_of >= start) & (as_of < end) & gathered.outcomes.matured)
    if not len(rows):
        msg = "a month needs matured snapshots; got none. Choose another month."
        raise Refusal(msg)
    return rows


def _logistic_of(material: Material) -> Line:
    return fit_logistic(
        learning_matrix(material.snapshot),
        material.converted,
        categorical=material.snapshot.catalogue.categorical,
        weight=material.weight,
    )


def _volumes(past: Judged, month: Judged, cut_offs: CutOffs) -> tuple[MonthVolume, ...]:
    if month.weight is not None:
        # Of those who crossed without being handed over nobody knows what they would have become.
        return ()
    pairs = ((Qualification.MQL, cut_offs.mql), (Qualification.SQL, cut_offs.sql))
    return tuple(
        _volume(past, month, qualification, cut_off.probability)
        for qualification, cut_off in pairs
        if cut_off.probability is not None
    )


def _volume(
    past: Judged, month: Judged, qualification: Qualification, probability: float
) -> MonthVolume:
    # A lead that had crossed before is no new hand-over.
    before = np.unique(past.lead[first_crossings(past, probability)])
    crossed = first_crossings(month, probability)
    new = crossed[~np.isin(month.lead[crossed], before)]
    forecast = forecast_month(past, probability)
    return MonthVolume(
        qualification=qualification,
        cut_off=probability,
        n_crossed=len(new),
        n_converted=int(month.converted[new].sum()),
        mean_probability=float(month.probability[new].mean()) if len(new) else None,
        expected_crossed=None if forecast is None else forecast.hand_overs,
        expected_converted=None if forecast is None else forecast.opportunities,
    )


def _gathered_up(
    gathered: Gathered, months: list[_Month], skipped: tuple[tuple[int, Text], ...]
) -> Backtest:
    judged, order = _joined([month.judged for month in months])
    base_rate = np.concatenate([month.base_rate for month in months])[order]
    logistic = np.concatenate([month.logistic for month in months])[order]
    attributes = months[0].segments
    values = {
        attribute: np.concatenate([month.segments[attribute] for month in months])[order]
        for attribute in attributes
    }
    records = tuple(month.record for month in months)
    return Backtest(
        months=records,
        metrics=measure(judged, base_rate=base_rate, seed=gathered.seed),
        opponents=compare_opponents(
            judged, logistic=logistic, base_rate=base_rate, seed=gathered.seed
        ),
        crossings=tuple(
            check
            for check in (_crossings(records, q) for q in (Qualification.MQL, Qualification.SQL))
            if check is not None
        ),
        segments=check_segments(judged, values, seed=gathered.seed),
        calibration_error=calibration_error(judged, seed=gathered.seed),
        decomposition=decompose(judged.probability, judged.converted, judged.weight),
        curve=reliability_curve(judged, seed=gathered.seed),
        skipped=skipped,
        proof=prove(judged, curve=True, seed=gathered.seed),
    )


def _joined(parts: list[Judged]) -> tuple[Judged, IntArray]:
    """All months' snapshots in one, sorted by lead, then time, and the order that sorts them."""
    whole = Judged(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name, values in vars(parts[0]).items()
            if values is not None
        }
    )
    order = np.lexsort((whole.as_of, whole.lead))
    return whole.take(order), order


def _crossings(
    months: tuple[BacktestMonth, ...], qualification: Qualification
) -> CrossingCheck | None:
    volumes = [v for month in months for v in month.volumes if v.qualification == qualification]
    n_crossed = sum(volume.n_crossed for volume in volumes)
    share = share_with_interval(sum(volume.n_converted for volume in volumes), n_crossed)
    if share is None:
        return None
    promised = sum((v.mean_probability or 0.0) * v.n_crossed for v in volumes)
    foretold = [v for v in volumes if v.expected_crossed and v.expected_converted]
    return CrossingCheck(
        qualification=qualification,
        n_crossed=n_crossed,
        mean_probability=promised / n_crossed,
        converted_share=share,
        n_forecasts=len(foretold),
        crossed_range_held=_mean(
            [v.expected_crossed.holds(v.n_crossed) for v in foretold if v.expected_crossed]
        ),
        converted_range_held=_mean(
            [v.expected_converted.holds(v.n_converted) for v in foretold if v.expected_converted]
        ),
    )


def _mean(held: list[bool]) -> float | None:
    return sum(held) / len(held) if held else None
