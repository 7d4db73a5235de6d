"""The two fingerprints: unmoved by form, and each moved by its own part of the definition."""

import re

import pytest
import yaml

from features.definition import TEMPLATE, parse_definition, read_definition

MODEL_CHANGES = {
    "time zone": ("Asia/Tokyo", "Europe/Berlin"),
    "behaviour": (
        "  - {name: case_study_view, label: {ja: 導入事例の閲覧, en: Case study view}}\n",
        "",
    ),
    "actor": ("actor: sales, ", ""),
    "amount": ("unit: minutes", "unit: seconds"),
    "attribute": ("kind: free_text", "kind: category"),
    "role": ("owner: owner, ", ""),
    "windows": ("[7, 30, 90]", "[7, 30, 90, 180]"),
    "grid": ("min_gap_days: 7", "min_gap_days: 14"),
    "outcome": ("stage: opportunity", "stage: won"),
    "horizon": ("horizon_days: 60", "horizon_days: 90"),
}

AGREEMENT_CHANGES = {
    "points": ("points: 5\n", "points: 6\n"),
    "cut-off": ("at_least: 0.4", "at_least: 0.5"),
    "phase": ("    leads: marketing", "    leads: sales"),
    "kpi": ("target: 0.25", "target: 0.3"),
    "capacity": ("capacity_per_month: 400", "capacity_per_month: 300"),
    "reason": ("name: too_early", "name: early"),
    "label of a behaviour": ("en: Case study view", "en: Case study read"),
    "label of an amount": ("en: Minutes watched", "en: Minutes"),
    "question": ("いつ頃の導入をお考えですか。", "導入はいつ頃ですか。"),
    "segment": ("channel, industry, company_size]", "channel, industry]"),
    "gate": ("min_outcomes: 50", "min_outcomes: 100"),
    "exploration": ("share: 0.02", "share: 0.05"),
    "test": ("months: 3", "months: 2"),
    "reason why": ("To give both teams", "To give two teams"),
}


@pytest.mark.parametrize("change", MODEL_CHANGES)
def test_what_boosters_learn_from_moves_the_model_part(change, edited):
    before = read_definition(TEMPLATE).fingerprint

    after = parse_definition(edited(MODEL_CHANGES[change]), "edited").fingerprint

    assert after.model != before.model


@pytest.mark.parametrize("change", AGREEMENT_CHANGES)
def test_what_people_agree_on_moves_the_agreement_part_alone(change, edited):
    before = read_definition(TEMPLATE).fingerprint

    after = parse_definition(edited(AGREEMENT_CHANGES[change]), "edited").fingerprint

    assert after.agreement != before.agreement
    assert after.model == before.model


@pytest.mark.parametrize("change", ["windows", "outcome", "horizon", "grid"])
def test_what_has_no_words_leaves_the_agreement_part_alone(change, edited):
    before = read_definition(TEMPLATE).fingerprint

    after = parse_definition(edited(MODEL_CHANGES[change]), "edited").fingerprint

    assert after.agreement == before.agreement


def _reversed_keys(content):
    if isinstance(content, dict):
        return {key: _reversed_keys(content[key]) for key in reversed(content)}
    return [_reversed_keys(item) for item in content] if isinstance(content, list) else content


def test_form_moves_nothing():
    text = TEMPLATE.read_text(encoding="utf-8")
    without_comments = re.sub(r"(^|\s)#.*", r"\1", text)
    block_style = yaml.safe_dump(_reversed_keys(yaml.safe_load(text)), sort_keys=False)

    expected = read_definition(TEMPLATE).fingerprint

    assert parse_definition(without_comments, "x").fingerprint == expected
    assert parse_definition(block_style, "x").fingerprint == expected


def test_order_of_behaviours_and_written_out_defaults_move_nothing(edited):
    email = "  - {name: email_click, label: {ja: メールのクリック, en: E-mail click}}\n"
    text = edited(
        (email, ""),
        ("# What is known about leads.", email + "# What is known about leads."),
        ("{name: page_visit,", "{name: page_visit, actor: lead, amount: null,"),
        ("outcome_delay_days: 0\n", "\n"),
    )

    assert parse_definition(text, "x").fingerprint == read_definition(TEMPLATE).fingerprint


def test_fingerprints_of_the_template_are_pinned():
    """If this fails, every workspace would retrain after an update.

    Change the numbers only when what the template says has changed, and say so in the commit.
    """
    fingerprint = read_definition(TEMPLATE).fingerprint

    assert (fingerprint.model, fingerprint.agreement) == ("5cc696840869a781", "7e4cc5f70a90c83e")
