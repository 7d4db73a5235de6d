"""Which leads sales found easy to act on: answers, reasons, where the comments stand."""

import numpy as np
import pyarrow.compute as pc

from features.core.arrays import BoolArray, IntArray
from features.store.schema.columns import STAGES
from features.timeline.codes import codes_of
from serving.review.figures.contrast import Compared, contrast
from serving.review.figures.counted import SMALLEST_RANKED, Proportion
from serving.review.figures.journeys import ACCEPTED, NO, RETURNED, UNANSWERED, YES, Journeys
from serving.review.month_data import MonthData
from serving.review.records import CommentPlace, Contrast, ReasonCount, Verdicts
from training.dataset.groups import account_groups

CONTRAST_MONTHS = 3
"""A month seldom holds enough answers to compare leads."""

MOST_COMMENTS = 20
"""Comments of one reason that are shown, the newest first."""


def verdicts(month_data: MonthData) -> Verdicts:
    """What sales answered in the month, as known by now."""
    every = month_data.by_now
    answers = every.take(
        (every.verdict_at >= month_data.start) & (every.verdict_at < month_data.end)
    )
    said = answers.easy != -1
    found, by_easy = _contrast(month_data)
    return Verdicts(
        n_accepted=month_data.count("accepted", answers.lead[answers.accepted]),
        n_returned=month_data.count("returned", answers.lead[answers.returned]),
        easy=Proportion(
            n=month_data.count("easy", answers.lead[answers.easy == YES]), of=int(said.sum())
        ),
        reasons=_reasons(answers, month_data),
        contrast=found,
        by_easy=by_easy,
        contrast_months=CONTRAST_MONTHS,
    )


def _reasons(answers: Journeys, month_data: MonthData) -> tuple[ReasonCount, ...]:
    comments = _comments(answers, month_data)
    found = []
    for verdict in (ACCEPTED, RETURNED):
        of_verdict = answers.take(answers.verdict == verdict)
        for reason in sorted(set(of_verdict.reason), key=lambda name: name or ""):
            rows = of_verdict.take(of_verdict.reason == reason)
            stage = STAGES[verdict]

            def count(what: str, lead: IntArray, name: str = f"{stage}:{reason or ''}") -> int:
                return month_data.count(f"{name}:{what}", lead)

            found.append(
                ReasonCount(
                    stage=stage,
                    reason=reason,
                    n=count("all", rows.lead),
                    n_easy=count("easy", rows.lead[rows.easy == YES]),
                    n_not_easy=count("not_easy", rows.lead[rows.easy == NO]),
                    n_comments=len(comments.get((stage, reason), ())),
                    comments=comments.get((stage, reason), ())[:MOST_COMMENTS],
                )
            )
    return tuple(sorted(found, key=lambda one: (one.stage, -one.n)))


def _comments(
    answers: Journeys, month_data: MonthData
) -> dict[tuple[str, str | None], tuple[CommentPlace, ...]]:
    """Where the comments of answers stand, by stage and reason, the newest first."""
    outcome = month_data.tables.outcome
    has_comment = pc.fill_null(pc.utf8_length(outcome.column("comment")), 0).to_numpy() > 0
    kept = outcome.filter(has_comment)
    lead_ids = month_data.history.lead_ids
    lead = codes_of(kept.column("lead_id").combine_chunks(), lead_ids.tolist())
    stage = kept.column("stage").to_pylist()
    at = kept.column("occurred_at").to_pylist()
    places = set(zip(lead.tolist(), stage, at, strict=True))
    grouped: dict[tuple[str, str | None], list[CommentPlace]] = {}
    order = np.argsort(-answers.verdict_at, kind="stable")
    for row in order.tolist():
        code, second = int(answers.lead[row]), int(answers.verdict_at[row])
        name = STAGES[int(answers.verdict[row])]
        if (code, name, second) in places:
            place = CommentPlace(
                lead_id=str(lead_ids[code]),
                stage=name,
                at=second,
                team=month_data.team_of_lead[code],
            )
            grouped.setdefault((name, answers.reason[row]), []).append(place)
    return {key: tuple(value) for key, value in grouped.items()}


def _contrast(month_data: MonthData) -> tuple[Contrast | None, bool]:
    """Easy against not easy; accepted against returned where too few answers said."""
    if month_data.explainer is None:
        return None, True
    journeys, snapshot = month_data.handed_over_snapshot
    first = month_data.month.earlier(CONTRAST_MONTHS - 1).start(month_data.definition.zone)
    answered = (journeys.verdict_at >= first) & (journeys.verdict_at < month_data.end)
    easy, not_easy = answered & (journeys.easy == YES), answered & (journeys.easy == NO)
    by_easy = min(easy.sum(), not_easy.sum()) >= SMALLEST_RANKED
    one, other = (easy, not_easy) if by_easy else _answers(journeys, answered)
    rows = np.flatnonzero(one | other)
    if not len(rows):
        return None, bool(by_easy)
    for name, is_compared in (("compared:first", one), ("compared:second", other)):
        month_data.count(name, journeys.lead[is_compared])
    group = account_groups(month_data.history, month_data.definition)
    compared = Compared(
        matrix=snapshot.matrix[rows],
        is_first=one[rows],
        group=group[journeys.lead[rows]],
    )
    return contrast(month_data.explainer, compared), bool(by_easy)


def _answers(journeys: Journeys, answered: BoolArray) -> tuple[BoolArray, BoolArray]:
    answered = answered & (journeys.verdict != UNANSWERED)
    return answered & journeys.accepted, answered & journeys.returned
