"""The steps of a month, each by what its own command calls, and what came of it in words."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from features.core.errors import LeadDataError, Refusal
from features.core.formats import count, local_minute, same
from features.core.text import Text
from features.importing.reporting.report import FileReport, sum_tables
from serving.cli.data.import_files import run_import
from serving.cli.model.retrain import keep_report, run_retrain
from serving.cli.monthly.month_record import State
from serving.cli.monthly.month_report import NO_DIGEST, NO_INPUT, say_checked, say_imported
from serving.cli.operate.review import write_review
from serving.cli.output.console import KEPT_FITS, steps
from serving.crm.registry import find_vendor
from serving.crm.sync import pull_from
from serving.decisions.inspect.check_workspace import check_workspace
from serving.decisions.score_leads import score_leads
from serving.digest.send import DigestPost
from serving.review.month import Month
from serving.workspace.workspace import Workspace
from training.reports.retrain_report import decision_section

Outcome = tuple[State, Text]


@dataclass(frozen=True, kw_only=True)
class MonthSteps:
    """What a month is made of.

    Attributes
    ----------
    month : Month
        The month that ended.
    data_cutoff : int
        Second up to which the tables are taken to be complete.
    files : tuple of path
        Files or folders to import.
    mapping : path or None
        None proposes one from the headers.
    crm : str or None
        CRM to pull from.
    hand_over : bool
        Whether hand-overs follow the decisions.
    """

    place: Workspace
    month: Month
    data_cutoff: int
    files: tuple[Path, ...] = ()
    mapping: Path | None = None
    crm: str | None = None
    hand_over: bool = True

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which months are cut."""
        return self.place.to_learn().definition.zone

    def by_name(self) -> dict[str, Callable[[], Outcome]]:
        """Each step, in order, under the name by which it is remembered."""
        return {
            "import": self._import,
            "check": self._check,
            "retrain": self._retrain,
            "score": self._score,
            "review": self._review,
            "digest": self._digest,
        }

    def _import(self) -> Outcome:
        files: list[FileReport] = []
        if self.files:
            report = run_import(self.place, list(self.files), mapping=self.mapping)
            report.refuse_empty()
            files += report.files
        if self.crm is not None:
            with steps() as step:
                files += pull_from(self.place, find_vendor(self.crm), on_step=step).files
        if not self.files and self.crm is None:
            return "skipped", NO_INPUT
        return "done", say_imported(sum_tables([c for file in files for c in file.tables]))

    def _check(self) -> Outcome:
        agreed = self.place.to_learn().definition
        with steps() as step:
            found = check_workspace(self.place.store(), agreed, self.data_cutoff, progress=step)
        return "done", say_checked(found, agreed)

    def _retrain(self) -> Outcome:
        try:
            with steps(KEPT_FITS) as step:
                report = run_retrain(self.place, self.data_cutoff, step)
        except Refusal as refusal:  # too little to learn from: whatever decided goes on deciding
            return "refused", same(str(refusal))
        keep_report(self.place, report, self.zone)
        said = [decision_section(report).lines[0], *report.verdict.reasons]
        sentence = Text(ja="".join(x.ja for x in said), en=" ".join(x.en for x in said))
        return ("done" if report.verdict.passed else "refused"), sentence

    def _score(self) -> Outcome:
        with steps() as step:
            scored = score_leads(self.place, hand_over=self.hand_over, progress=step)
        met = Counter(scored.predictions.column("qualification").to_pylist())
        leads, as_of = count(len(scored.decisions)), local_minute(scored.as_of, self.zone)
        sql, mql = count(met["SQL"]), count(met["SQL"] + met["MQL"])
        opened = count(0 if scored.steps is None else len(scored.steps.opened))
        return "done", Text(
            ja=f"{as_of.ja}時点の{leads.ja}件を判定。MQL {mql.ja}件(うちSQL候補 {sql.ja}件)、"
            f"新しい引き渡し {opened.ja}件。",
            en=f"{leads.en} open leads as of {as_of.en}: {mql.en} MQL, {sql.en} of them SQL "
            f"candidates; {opened.en} handed over now.",
        )

    def _review(self) -> Outcome:
        path = self.place.report_path(f"review-{self.month.name}.html")
        with steps() as step:
            write_review(self.place, self.month, path=path, progress=step)
        return "done", same(str(path))

    def _digest(self) -> Outcome:
        post = DigestPost(self.place, self.place.store())
        if not post.is_configured:
            return "skipped", NO_DIGEST
        sent = post.send(post.plan(self.month)).values()
        delivered, failed = (
            sum(c.delivered for c in sent),
            sum(c.failed + c.refused for c in sent),
        )
        if failed:
            msg = (
                f"every digest must reach its server; got {failed} that did not. See why with "
                "`awase outbox list`, and call the same command again."
            )
            raise LeadDataError(msg)
        n = count(delivered)
        return "done", Text(ja=f"{n.ja}件を送りました。", en=f"{n.en} sent.")
