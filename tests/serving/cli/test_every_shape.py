"""Exports of every form through the real commands: raw file to release, or the right refusal.

The company is made up, so that what should come of each form is known: its channel, size and visits
do say who is qualified.
"""

import json
from pathlib import Path

import pytest

from tests.serving.cli.made_exports import HORIZON, SHAPES, Lead, make_leads

pytestmark = pytest.mark.long
PARTS = {
    "snapshots": "{at: monthly}",
    "windows": "{days: [7, 30]}",
    "outcome": f"{{stage: opportunity, horizon_days: {HORIZON}}}",
    "test": "{months: 5}",
    "cut_offs": "{mql: {rule: capacity, per_month: 60}, sql: {rule: precision, at_least: 0.4}}",
}
DEFINITION = """
format: 1
name: made_up
title: {ja: 架空, en: Made up}
time_zone: UTC
behaviours: [{name: visit, label: {ja: 閲覧, en: Visit}}]
attributes:
  - {name: channel, kind: category, label: {ja: 経路, en: Channel}}
  - {name: company_size, kind: company_size, unit: people, label: {ja: 規模, en: Size}}
rulebook:
  rules:
    - {name: v, label: {ja: 閲覧, en: Seen}, when: {behaviour: visit, at_least: 1}, points: 10}
    - name: large
      label: {ja: 大規模, en: Large}
      when: {attribute: company_size, at_least: 50}
      points: 5
  mql: {points: 10}
  sql: {points: 15}
"""
REFUSED = {
    "outcome with creation": "outcomes lie at or before the moment leads are looked at",
}


@pytest.fixture(scope="module")
def leads() -> list[Lead]:
    return make_leads()


def _counts(report: dict) -> list[dict]:
    return [count for file in report["files"] for count in file["tables"]]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_raw_export_ends_in_a_release_or_the_right_refusal(
    awase, leads: list[Lead], shape: str, tmp_path: Path
) -> None:
    export = SHAPES[shape](leads)
    paths = export.write(tmp_path)
    parts = {**PARTS, **export.changes}
    text = DEFINITION + "".join(f"{name}: {value}\n" for name, value in parts.items())
    definition, mapping, ours = (tmp_path / name for name in ("d.yaml", "m.yaml", "ours"))
    definition.write_text(text, encoding="utf-8")
    mapping.write_text(export.mapping, encoding="utf-8")

    made = awase("init", ours, "--definition", definition)
    assert made.returncode == 0, made.stderr
    loaded = awase("import", *paths, "--mapping", mapping, "-w", ours, "--json")
    assert loaded.returncode == 0, loaded.stderr
    counts = _counts(json.loads(loaded.stdout))
    for one in counts:
        told = one["stored"] + one["unchanged"] + one["rejected"] + one["forgotten"]
        assert one["read"] == told
    assert sum(one["rejected"] for one in counts) == 0
    assert sum(one["stored"] for one in counts if one["table"] == "lead") == len(leads)

    checked, learned = awase("check", "-w", ours), awase("retrain", "-w", ours)
    if shape in REFUSED:
        assert REFUSED[shape] in checked.stdout
        assert learned.returncode == 3
        assert REFUSED[shape] in learned.stdout + learned.stderr
        return
    assert learned.returncode == 0, learned.stdout + learned.stderr
    assert "is the new champion" in learned.stdout
    scored = awase("score", "-w", ours)
    assert scored.returncode == 0, scored.stdout + scored.stderr
    assert "suspended" not in scored.stdout
