from collections.abc import Callable

import numpy as np
import pytest

from features.catalogue import build_catalogue
from features.definition import LeadDefinition
from features.families.category_levels import MIN_LEADS_PER_LEVEL, OTHER, fit_levels
from features.history import History
from features.moments import Moments
from features.snapshot import take_snapshot
from features.store.lead_tables import LeadTables

MakeTables = Callable[..., LeadTables]

ENOUGH = MIN_LEADS_PER_LEVEL
CUT_OFF = 1_000


@pytest.fixture(scope="module")
def history(every_kind: LeadDefinition, make_tables: MakeTables) -> History:
    """Leads in retail, one fewer than enough in mining, and many in software after the cut-off."""
    known = {"retail": (ENOUGH, 10), "mining": (ENOUGH - 1, 10), "software": (ENOUGH, CUT_OFF)}
    facts = [
        {"lead_id": f"{value}{i}", "attribute": "industry", "known_at": at, "value": value}
        for value, (n_leads, at) in known.items()
        for i in range(n_leads)
    ]
    facts.append({"lead_id": "retail0", "attribute": "industry", "known_at": 5, "value": "mining"})
    twice = {"lead_id": "mining0", "attribute": "industry", "known_at": 20, "value": "mining"}
    leads = sorted({str(fact["lead_id"]) for fact in facts})
    return History.from_tables(make_tables(leads=leads, facts=[*facts, twice]), every_kind)


def test_a_level_needs_enough_leads_known_before_the_cut_off(
    history: History, every_kind: LeadDefinition
) -> None:
    # mining: nine leads, a tenth that moved to retail later, and one lead counted once.
    assert fit_levels(history, every_kind, CUT_OFF) == {"industry": ("mining", "retail", OTHER)}
    assert fit_levels(history, every_kind, 10) == {"industry": (OTHER,)}


def test_a_value_that_a_rule_names_keeps_its_level(
    history: History, every_kind: LeadDefinition
) -> None:
    rulebook = every_kind.rulebook.model_validate(
        {
            "sql": {
                "checklist": {
                    "label": {"ja": "業種", "en": "Industry"},
                    "when": {"all_of": [{"attribute": "industry", "is_one_of": ["farming"]}]},
                }
            }
        }
    )
    strict = every_kind.model_copy(update={"rulebook": rulebook})

    assert fit_levels(history, strict, CUT_OFF)["industry"] == (
        "farming",
        "mining",
        "retail",
        OTHER,
    )


def test_rare_and_new_values_are_other_and_only_the_unknown_is_missing(
    history: History, every_kind: LeadDefinition
) -> None:
    catalogue = build_catalogue(every_kind, fit_levels(history, every_kind, CUT_OFF))
    leads = [int(np.searchsorted(history.lead_ids, lead)) for lead in ("retail1", "software1")]

    early = take_snapshot(history, catalogue, Moments.of(leads, [CUT_OFF, CUT_OFF]))
    late = take_snapshot(history, catalogue, Moments.of(leads, [CUT_OFF + 1, CUT_OFF + 1]))

    np.testing.assert_array_equal(early.column("industry"), [1, np.nan])
    np.testing.assert_array_equal(late.column("industry"), [1, 2])


@pytest.fixture(scope="module")
def spelled(every_kind: LeadDefinition, make_tables: MakeTables) -> History:
    """Eighteen leads of one value in four spellings, and ten of another in two widths."""
    leads = {"Web": 5, "web": 7, "WEB": 3, "ｗｅｂ": 3, "ｾﾐﾅｰ": 4, "セミナー": 6}
    facts = [
        {"lead_id": f"{value}{i}", "attribute": "industry", "known_at": 10, "value": value}
        for value, n_leads in leads.items()
        for i in range(n_leads)
    ]
    ids = sorted({str(fact["lead_id"]) for fact in facts})
    return History.from_tables(make_tables(leads=ids, facts=facts), every_kind)


def _codes(
    history: History, definition: LeadDefinition, levels: dict[str, tuple[str, ...]]
) -> dict[str, int]:
    """Level of each spelling."""
    catalogue = build_catalogue(definition, levels)
    leads = list(range(history.n_leads))
    frame = take_snapshot(history, catalogue, Moments.of(leads, [CUT_OFF] * len(leads)))
    spellings = [lead.rstrip("0123456789") for lead in history.lead_ids]
    return dict(zip(spellings, frame.column("industry").astype(int).tolist(), strict=True))


def test_spellings_of_one_value_are_one_level(spelled: History, every_kind: LeadDefinition) -> None:
    levels = fit_levels(spelled, every_kind, CUT_OFF)

    assert levels == {"industry": ("web", "セミナー", OTHER)}
    assert _codes(spelled, every_kind, levels) == {
        **dict.fromkeys(("Web", "web", "WEB", "ｗｅｂ"), 0),
        **dict.fromkeys(("ｾﾐﾅｰ", "セミナー"), 1),
    }


def test_capitals_may_be_kept_apart_and_widths_never_are(
    spelled: History, every_kind: LeadDefinition
) -> None:
    attributes = [
        item.model_copy(update={"keep_case": item.name == "industry"})
        for item in every_kind.attributes
    ]
    apart = every_kind.model_copy(update={"attributes": tuple(attributes)})
    levels = fit_levels(spelled, apart, CUT_OFF)

    # Seven leads of web and three of its full-width form; Web and WEB are too few.
    assert levels == {"industry": ("web", "セミナー", OTHER)}
    assert _codes(spelled, apart, levels) == {
        "web": 0, "ｗｅｂ": 0, "ｾﾐﾅｰ": 1, "セミナー": 1, "Web": 2, "WEB": 2
    }  # fmt: skip


def test_levels_of_older_releases_that_differ_in_capitals_stay_apart(
    spelled: History, every_kind: LeadDefinition
) -> None:
    codes = _codes(spelled, every_kind, {"industry": ("Web", "web", OTHER)})

    assert (codes["Web"], codes["web"], codes["WEB"], codes["セミナー"]) == (0, 1, 0, 2)
