"""What a digest says: counts, companies and lead ids with links; no names, mails or telephones."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from features.core.text import Language
from features.store import Store
from serving.decisions.in_force.apply import load_champion
from serving.delivery.webhook import card_url
from serving.digest.words import HEADINGS, MORE, REVIEW, REVIEW_TITLE, TITLE, TODAY
from serving.ledger.access.users import Role, User
from serving.ledger.leads.lead_state import newest_as_of
from serving.ledger.leads.queues import Clock, Queue, waiting_until
from serving.ledger.leads.worklist import (
    MOST_COUNTED,
    LeadPerson,
    LeadState,
    WorklistFilter,
    count_each,
    read_page,
)
from serving.review.kpi_sections import handed_over_section, kpi_section
from serving.review.labels import Labels
from serving.review.make_review import make_review, read_review
from serving.review.month import Month
from serving.review.records import Review
from serving.workspace.workspace import Workspace

LEADS_NAMED = 5
"""Of each group; all others are a click away."""

LONGEST_NAME = 60

_WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "<>[]()|&:@"}
"""Companies type their names into public forms. Full-width these characters link to nothing, mark
nothing up and call nobody in any chat or mail program."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a digest, and where it leads."""

    text: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What somebody is told, in one language.

    Attributes
    ----------
    title : str
        Subject of the mail, first line in the chat.
    lines : tuple of Line
    """

    title: str
    lines: tuple[Line, ...]


class DigestMaker:
    """Makes digests of a workspace as it is now."""

    def __init__(self, workspace: Workspace, store: Store, public_url: str) -> None:
        self._workspace, self._store = workspace, store
        self._public_url = public_url.rstrip("/")
        self.definition = workspace.in_force(store=store).definition
        self._reviews: dict[Month, Review] = {}
        with store.engine.connect() as connection:
            now = waiting_until(newest_as_of(connection))
        agreed = self.definition.sales
        hours = None if agreed is None else timedelta(hours=agreed.response_time_hours)
        self.clock = Clock(now=now, response_time=hours)

    def of_day(self, user: User | None, language: Language) -> Digest | None:
        """What waits for a person; None where nothing does.

        Parameters
        ----------
        user : User or None
            None: for everybody together, as the chat gets it.
        language : {"ja", "en"}
        """
        leads = WorklistFilter() if user is None else self._leads_of(user)
        if leads is None:
            return None
        # Whom nobody has is for those who look after more than their own.
        queues = [*HEADINGS] if leads.owners is None else [*HEADINGS][:-1]
        wanted = {queue: replace(leads, queue=(queue, self.clock)) for queue in queues}
        counts = dict(zip(queues, count_each(self._store, list(wanted.values())), strict=True))
        if not any(counts.values()):
            return None
        told: set[str] = set()
        lines = [
            line
            for queue in queues
            if counts[queue]
            for line in self._group(queue, wanted[queue], counts[queue], language, told)
        ]
        whose = "mine" if leads.owners else "team" if leads.team else "all"
        lines.append(Line(text=TODAY.read(language), url=self._path(f"/today?whose={whose}")))
        shown = {queue.value: _count(count) for queue, count in counts.items()}
        return Digest(title=TITLE.read(language).format(**shown), lines=tuple(lines))

    def nothing(self, language: Language) -> Digest:
        """What the chat is told where everything was answered before it could be told."""
        title = TITLE.read(language).format(overdue=0, due_today=0, new=0)
        link = Line(text=TODAY.read(language), url=self._path("/today?whose=all"))
        return Digest(title=title, lines=(link,))

    def of_month(self, month: Month, language: Language) -> Digest:
        """What the review of a month says first, and where it is.

        Parameters
        ----------
        month : Month
        language : {"ja", "en"}
        """
        review = self._reviews.get(month) or self._review(month)
        self._reviews[month] = review
        sections = (
            kpi_section(review, self.definition),
            handed_over_section(review, Labels(self.definition)),
        )
        said = [Line(text=line.read(language)) for part in sections for line in part.lines]
        title = REVIEW_TITLE.read(language).format(month=month.label.read(language))
        link = Line(text=REVIEW.read(language), url=self._path(f"/review/{month.name}"))
        return Digest(title=title, lines=(*said, link))

    def _leads_of(self, user: User) -> WorklistFilter | None:
        """The person's own leads; of sales without any, as on their first page, the team's."""
        is_sales = user.role is Role.SALES
        team = WorklistFilter(team=user.team if is_sales else None)
        own = replace(team, owners=(user.name, user.login))
        if read_page(self._store, own, limit=1):
            return own
        return team if is_sales else None

    def _group(
        self, queue: Queue, wanted: WorklistFilter, count: int, language: Language, told: set[str]
    ) -> list[Line]:
        """A heading, and the likeliest leads that no group before has named."""
        found = read_page(self._store, wanted, limit=LEADS_NAMED + len(told))
        new = [lead for lead in found if lead[0].lead_id not in told]
        lines = [Line(text=HEADINGS[queue].read(language).format(n=_count(count)))]
        lines += [self._lead(*lead) for lead in new[:LEADS_NAMED]]
        left = count - len(found) + len(new[LEADS_NAMED:])
        told |= {state.lead_id for state, _ in new[:LEADS_NAMED]}
        if left:
            more = _count(left)
            lines.append(Line(text=f"- {MORE.read(language).format(n=more)}"))
        return lines

    def _lead(self, state: LeadState, person: LeadPerson) -> Line:
        names = [name for name in (person.company, state.lead_id) if name]
        text = "- " + " ".join(plain_name(name) for name in names)
        return Line(text=text, url=card_url(self._public_url, state.lead_id))

    def _path(self, path: str) -> str:
        return self._public_url + path

    def _review(self, month: Month) -> Review:
        kept = read_review(self._store, self.definition, month)
        if kept is not None and kept.is_current:
            return kept.review
        release = load_champion(self._store, self._workspace)
        return make_review(self._store, self.definition, month, release=release)


def plain_name(text: str) -> str:
    """What somebody typed, short, on one line, and without effect wherever it is shown.

    Examples
    --------
    >>> plain_name("Acme <!channel>  [a](http://b.example)")
    'Acme ＜!channel＞ ［a］（http：//b.example）'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    cut = line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
    return cut.translate(_WIDE)


def as_text(digest: Digest, link: Callable[[str, str], str]) -> list[str]:
    """The lines of a digest with their links as a medium writes them.

    Parameters
    ----------
    digest : Digest
    link : callable
        Puts text and address together.
    """
    return [line.text if line.url is None else link(line.text, line.url) for line in digest.lines]


def _count(count: int) -> str:
    return f"{count:,}" if count <= MOST_COUNTED else f"{MOST_COUNTED:,}+"
