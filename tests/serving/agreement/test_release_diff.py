"""Two releases compared on the command line: the counts are those of ``awase score``."""

import re

from typer.testing import CliRunner

from features.definition.yaml.write import with_value
from features.store.releases import read_champion
from serving.cli.main import app
from serving.decisions.in_force.change import adopt_text
from serving.decisions.score_leads import score_leads
from serving.ledger.agreements import AgreementDecision


def _awase(site, *words: str) -> str:
    told = CliRunner().invoke(app, [*words, "--workspace", str(site.place.folder)])
    assert told.exit_code == 0, told.output
    return told.output


def test_a_diff_counts_the_leads_that_score_counts(site) -> None:
    before = read_champion(site.store).release_id
    newest = site.place.agreed_versions(site.store).versions[0]
    adopt_text(
        site.place,
        site.store,
        with_value(newest.definition, ("cut_offs", "mql", "per_month"), 15),
        decision=AgreementDecision(by="sales", present="Ito", what="15", why="one on leave"),
        replaces=newest.number,
    )
    after = read_champion(site.store).release_id
    scored = score_leads(site.place).predictions.column("qualification").to_pylist()

    told = _awase(site, "release", "diff", before, after)

    # From, to, how many: the second release decides, as in the scoring.
    moves = re.findall(r"^(not yet MQL|MQL|SQL candidate) +(\S.*?) +([\d,]+)$", told, re.MULTILINE)
    counted = {"not yet MQL": 0, "MQL": 0, "SQL candidate": 0}
    for was, becomes, n_leads in moves:
        counted[was if becomes == "the same" else becomes] += int(n_leads.replace(",", ""))
    expected = [scored.count(name) for name in ("NONE", "MQL", "SQL")]
    assert list(counted.values()) == expected
    assert f"{len(scored):,} open leads as of" in told
    assert "MQL from" in told
    assert "The same: both tell of one test of the same boosters." in told
    assert "fingerprint" not in told


def test_a_release_beside_itself_is_the_same(site) -> None:
    told = _awase(site, "release", "diff", "champion", "champion")

    assert "One release: all is the same." in told


def test_a_diff_is_told_in_japanese_too(site) -> None:
    assert "同じリリースです" in _awase(
        site, "release", "diff", "champion", "champion", "--lang", "ja"
    )
