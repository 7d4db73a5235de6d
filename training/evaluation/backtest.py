"""Each past month as it would have been: learn from what had matured, score it, wait, compare.

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
from features.snapshot import Snapshot
from training.base_rate.adjust import adjust_base_rate
from training.comparison.rulebook_inputs import phases_at
from training.cutoffs.choose import first_crossings
from training.cutoffs.expected_volume import forecast_month
from training.dataset.dataset import Dataset
from training.dataset.outcomes import matured_by
from training.dataset.segments import segments_of
from training.dataset.split import split_before
from training.evaluation.baselines import compare_baselines, fit_logistic
from training.evaluation.segment_calibration import Texts, check_segments
from training.learners.linear.additive_logistic import AdditiveLogistic
from training.metrics.calibration_error import (
    calibration_error,
    calibration_report,
    decompose,
    reliability_curve,
)
from training.metrics.metrics import log_loss
from training.metrics.proportion_intervals import share_with_interval
from training.metrics.reliability_bands import by_band
from training.metrics.sample_weights import mean
from training.metrics.with_intervals import measure
from training.model.fit import LearningMatrix, fit
from training.model.trained import Trained, TrainingRows
from training.results.backtest_records import Backtest, BacktestMonth, CrossingCheck, MonthVolume
from training.results.records import ReleaseCutOffs
from training.results.scored import ScoredSnapshots
from training.train.step_cache import KeptSteps
from training.train.train import look_back, training_rows_of

Progress = Callable[[int, int], None]
"""Told how many months are done, and of how many."""


@dataclass(frozen=True, kw_only=True)
class _Month:
    """One scored month: its record and the rows behind it."""

    record: BacktestMonth
    scored: ScoredSnapshots
    logistic: FloatArray
    base_rate: FloatArray
    segments: dict[str, Texts]


def backtest(
    dataset: Dataset,
    *,
    first: int | None = None,
    last: int | None = None,
    progress: Progress | None = None,
    kept: KeptSteps | None = None,
) -> Backtest:
    """Backtest past months, each with what could be known when it began.

    Parameters
    ----------
    dataset : Dataset
    first, last : int, optional
        Starts of the first and last month, seconds since 1970 UTC; all that can be scored unless
        given.
    progress : callable, optional
        Called at the beginning and after each month with how many are done, and of how many.
    kept : KeptSteps, optional
        Finished fits of an earlier run, which are not learned again.

    Raises
    ------
    LeadDataError
        If the data set has no dates.
    Refusal
        If no month can be scored.
    """
    if not dataset.definition.dated:
        msg = (
            "a backtest needs dates; got a data set without any. "
            "Use `awase retrain`, which tests on leads held out."
        )
        raise LeadDataError(msg)
    starts = scorable_months(dataset)
    chosen = [
        (start, end)
        for start, end in starts
        if (first is None or start >= first) and (last is None or start <= last)
    ]
    if progress is not None:
        progress(0, len(chosen))
    months: list[_Month] = []
    skipped: list[tuple[int, Text]] = []
    for done, (start, end) in enumerate(chosen):
        try:
            months.append(_judge_month(dataset, start, end, kept=kept))
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
    return _gathered_up(dataset, months, tuple(skipped))


def scorable_months(dataset: Dataset) -> list[tuple[int, int]]:
    """Start and end of every month that has snapshots, all of them matured by the data cut-off."""
    as_of = dataset.moments.as_of
    if not len(as_of):
        return []
    zone = dataset.definition.zone
    starts = month_starts(int(as_of.min()) - 1, dataset.data_cutoff, zone)
    months = []
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        inside = (as_of >= start) & (as_of < end)
        matured = matured_by(dataset.at(inside), dataset.definition, dataset.data_cutoff)
        if inside.any() and matured.all():
            months.append((start, end))
    return months


def _judge_month(dataset: Dataset, start: int, end: int, *, kept: KeptSteps | None) -> _Month:
    part = split_before(
        dataset.tables,
        dataset.history,
        dataset.moments,
        definition=dataset.definition,
        when=start,
    )
    rows = _rows_between(dataset, start, end)
    training_rows = training_rows_of(dataset, part, known_before=start)
    trained = _trained(training_rows, kept)
    fitted = adjust_base_rate(trained, dataset, part, until=start - 1, known_at=start)
    learned, past = fitted.learned, fitted.past
    # Of one month: read three times over, so held.
    snapshot = look_back(learned.model, dataset, rows).take(slice(None))
    scored = ScoredSnapshots(
        probability=learned.model.probability(snapshot.matrix),
        converted=dataset.outcomes.converted[rows],
        matured=np.ones(len(rows), dtype=np.bool_),
        lead=snapshot.moments.lead,
        group=dataset.groups_at(rows),
        as_of=snapshot.moments.as_of,
        weight=dataset.outcomes.take(rows).weight,
    )
    logistic = _logistic_of(training_rows).probability(snapshot.matrix)
    everybody = np.full(len(scored), learned.summary.base_rate)
    first = scored.take(scored.first_of_lead)
    record = BacktestMonth(
        start=start,
        n_train=len(part),
        n_snapshots=len(scored),
        n_converted=int(scored.converted.sum()),
        mean_probability=mean(scored.probability, scored.weight),
        log_loss=log_loss(scored.probability, scored.converted, scored.weight),
        logistic_log_loss=log_loss(logistic, scored.converted, scored.weight),
        base_rate_log_loss=log_loss(everybody, scored.converted, scored.weight),
        volumes=_volumes(past, scored, fitted.cut_offs),
        bands=by_band(first.probability, first.converted, first.weight),
        proof=calibration_report(scored, seed=dataset.seed),
        logistic_proof=calibration_report(replace(scored, probability=logistic), seed=dataset.seed),
    )
    return _Month(
        record=record,
        scored=scored,
        logistic=logistic,
        base_rate=everybody,
        segments=_segments(dataset, snapshot, scored),
    )


def _trained(training_rows: TrainingRows, kept: KeptSteps | None) -> Trained:
    if kept is None:
        return fit(training_rows)
    return kept.find_or_learn(training_rows, lambda: fit(training_rows))[0]


def _segments(dataset: Dataset, snapshot: Snapshot, scored: ScoredSnapshots) -> dict[str, Texts]:
    segments = segments_of(snapshot, np.arange(len(scored)), dataset.definition)
    phases = phases_at(dataset, scored.lead.astype(np.int64), scored.as_of)
    found = segments if phases is None else (*segments, phases)
    return {segment.attribute: segment.value for segment in found}


def _rows_between(dataset: Dataset, start: int, end: int) -> IntArray:
    as_of = dataset.moments.as_of
    rows = np.flatnonzero((as_of >= start) & (as_of < end) & dataset.outcomes.matured)
    if not len(rows):
        msg = "a month needs matured snapshots; got none. Choose another month."
        raise Refusal(msg)
    return rows


def _logistic_of(training_rows: TrainingRows) -> AdditiveLogistic:
    return fit_logistic(
        LearningMatrix(training_rows.snapshot),
        training_rows.converted,
        categorical=training_rows.snapshot.catalogue.categorical,
        weight=training_rows.weight,
    )


def _volumes(
    past: ScoredSnapshots, month: ScoredSnapshots, cut_offs: ReleaseCutOffs
) -> tuple[MonthVolume, ...]:
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
    past: ScoredSnapshots, month: ScoredSnapshots, qualification: Qualification, probability: float
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
    dataset: Dataset, months: list[_Month], skipped: tuple[tuple[int, Text], ...]
) -> Backtest:
    scored, order = _joined([month.scored for month in months])
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
        metrics=measure(scored, base_rate=base_rate, seed=dataset.seed),
        opponents=compare_baselines(
            scored, logistic=logistic, base_rate=base_rate, seed=dataset.seed
        ),
        crossings=tuple(
            check
            for check in (_crossings(records, q) for q in (Qualification.MQL, Qualification.SQL))
            if check is not None
        ),
        segments=check_segments(scored, values, seed=dataset.seed),
        calibration_error=calibration_error(scored, seed=dataset.seed),
        decomposition=decompose(scored.probability, scored.converted, scored.weight),
        curve=reliability_curve(scored, seed=dataset.seed),
        skipped=skipped,
        proof=calibration_report(scored, curve=True, seed=dataset.seed),
    )


def _joined(parts: list[ScoredSnapshots]) -> tuple[ScoredSnapshots, IntArray]:
    """All months' snapshots in one, sorted by lead, then time, and the order that sorts them."""
    whole = ScoredSnapshots(
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
