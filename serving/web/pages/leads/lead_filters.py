"""How somebody narrows and sorts a list: by owner, team, phase, channel, lateness and words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from features.core.formats import same
from features.core.text import Text
from features.definition import LeadDefinition
from serving.ledger.access.users import User
from serving.ledger.leads.queues import Clock
from serving.ledger.leads.search_leads import read_values_known, read_values_of
from serving.ledger.leads.worklist import Sort, WorklistFilter
from serving.web.access import sees_all_teams
from serving.web.pages.leads.saved_views import SavedView, read_views
from serving.web.request.page_request import PageRequest
from serving.web.services import PageServices
from serving.web.words.page_words import PAGE_WORDS, REACHED

LONGEST_SEARCH = 100
LONGEST_VALUE = 200

CHANNEL = "channel"
"""Attribute by which a list can be narrowed, where the definition has it."""


@dataclass(frozen=True, kw_only=True)
class LeadFilters:
    """What somebody chose; empty where nothing.

    Attributes
    ----------
    whose : {"", "mine", "team"}
        Leads of the person, of the person's team, or all.
    q : str
        Words that the lead's person, company or owner holds.
    phase : str
        How far it has come.
    """

    whose: str = ""
    q: str = ""
    owner: str = ""
    team: str = ""
    phase: str = ""
    channel: str = ""
    overdue: bool = False
    sort: Sort = Sort.PROBABILITY

    @property
    def chosen(self) -> dict[str, str]:
        """What is not as it is without a choice, as parameters of an address."""
        names = ("whose", "q", "owner", "team", "phase", "channel")
        given = {name: getattr(self, name) for name in names if getattr(self, name)}
        if self.overdue:
            given["overdue"] = "1"
        if self.sort is not Sort.PROBABILITY:
            given["sort"] = self.sort.value
        return given

    @property
    def narrowed(self) -> bool:
        """Whether anything but whose leads was chosen."""
        return bool(self.chosen.keys() - {"whose"})

    def narrow(self, wanted: WorklistFilter, user: User, clock: Clock) -> WorklistFilter:
        """Add what was chosen to the leads that a list shows.

        Nobody sees more by choosing a team: that of the list remains.

        Parameters
        ----------
        wanted : WorklistFilter
            What the list shows without a choice.
        user : User
            Whose leads and team are meant by "mine" and "team".
        clock : Clock
            From when waiting counts.
        """
        if self.whose == "mine":
            wanted = replace(wanted, owners=(user.name, user.login))
        elif self.whose == "team" and user.team is not None:
            wanted = replace(wanted, team=user.team)
        if self.team and wanted.team not in (None, self.team):
            return replace(wanted, owners=())
        return replace(
            wanted,
            search=self.q.strip(),
            owner=self.owner or None,
            team=self.team or wanted.team,
            reached=self.phase or wanted.reached,
            fact=(CHANNEL, self.channel) if self.channel else None,
            overdue=clock if self.overdue else None,
            sort=self.sort,
        )


def whose_choices(user: User) -> tuple[str, ...]:
    """Whose leads somebody can ask for."""
    return ("mine", "all") if user.team is None else ("mine", "team", "all")


def _filters(
    *,
    whose: Annotated[str, Query(max_length=10)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    owner: Annotated[str, Query(max_length=LONGEST_VALUE)] = "",
    team: Annotated[str, Query(max_length=LONGEST_VALUE)] = "",
    phase: Annotated[str, Query(max_length=20)] = "",
    channel: Annotated[str, Query(max_length=LONGEST_VALUE)] = "",
    overdue: Annotated[str, Query(max_length=5)] = "",
    sort: Sort = Sort.PROBABILITY,
) -> LeadFilters:
    return LeadFilters(
        whose=whose,
        q=q,
        owner=owner,
        team=team,
        phase=phase if phase in REACHED else "",
        channel=channel,
        overdue=bool(overdue),
        sort=sort,
    )


Filters = Annotated[LeadFilters, Depends(_filters)]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One field of the form: its name, its label, and what can be chosen."""

    name: str
    label: Text
    options: tuple[tuple[str, Text], ...]
    chosen: str


@dataclass(frozen=True, kw_only=True)
class FilterForm:
    """The form of the filters on a page.

    Attributes
    ----------
    action : str
        Path of the page.
    hidden : tuple of (str, str)
        What else of the page's address is kept.
    clear_path : str
        The page without filters.
    here : str
        The page with them, as it is kept as a view.
    views : tuple of SavedView
        What the person kept.
    """

    action: str
    hidden: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    filters: LeadFilters
    clear_path: str
    here: str
    views: tuple[SavedView, ...]


def filter_form(
    page_request: PageRequest, filters: LeadFilters, *, action: str, kept: dict[str, str]
) -> FilterForm:
    """Offer what leads can be narrowed by.

    Parameters
    ----------
    page_request : PageRequest
        Its user is offered the own team only, unless the role sees all teams.
    filters : LeadFilters
        What is chosen now.
    action : str
        Path of the page.
    kept : dict of str to str
        What else of the page's address is kept.
    """
    services, user = page_request.services, page_request.user
    definition = page_request.definition
    whose = ((name, PAGE_WORDS[name]) for name in whose_choices(user) if name != "all")
    offered = {
        "whose": tuple(whose),
        "owner": _options(read_values_of(services.store, "owner")),
        "team": _teams(services, definition),
        "phase": tuple(REACHED.items()),
        "channel": _channels(services, definition),
    }
    if "whose" in kept:
        del offered["whose"]
    if not sees_all_teams(user.role) and user.team is not None:
        del offered["team"]
    fields = [(name, PAGE_WORDS[name], offered[name]) for name in offered if offered[name]]
    choices = [
        Choice(
            name=name,
            label=label,
            options=(("", PAGE_WORDS["all"]), *options),
            chosen=getattr(filters, name),
        )
        for name, label, options in fields
    ]
    sorts = tuple((sort.value, PAGE_WORDS[f"sort_{sort.value}"]) for sort in Sort)
    choices.append(
        Choice(name="sort", label=PAGE_WORDS["sort"], options=sorts, chosen=filters.sort.value)
    )
    return FilterForm(
        action=action,
        hidden=tuple(kept.items()),
        choices=tuple(choices),
        filters=filters,
        clear_path=_with(action, kept),
        here=_with(action, filters.chosen | kept),
        views=read_views(services.store, user.login),
    )


def _channels(services: PageServices, definition: LeadDefinition) -> tuple[tuple[str, Text], ...]:
    if CHANNEL not in {attribute.name for attribute in definition.attributes}:
        return ()
    channel = definition.attribute(CHANNEL)
    return _options(read_values_known(services.store, CHANNEL), called=channel.called)


def _teams(services: PageServices, definition: LeadDefinition) -> tuple[tuple[str, Text], ...]:
    team = definition.roles.team
    called = same if team is None else definition.attribute(team).called
    return _options(read_values_of(services.store, "team"), called=called)


def _with(path: str, query: dict[str, str]) -> str:
    return path + (f"?{urlencode(query)}" if query else "")


def _options(
    values: tuple[str, ...], *, called: Callable[[str], Text] = same
) -> tuple[tuple[str, Text], ...]:
    return tuple((value, called(value)) for value in values)
