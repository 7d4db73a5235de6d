"""One more of a kind takes the places that CONTRIBUTING.md counts: added in a copy and used."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One more of a kind: files that are new, and lines put before others in files there are."""

    kind: str
    new: tuple[str, ...] = ()
    lines: tuple[tuple[str, str, str], ...] = ()

    @property
    def places(self) -> set[str]:
        """Files that are touched; a new folder is one place."""
        files = {path for path, _, _ in self.lines} | set(self.new)
        folders = {str(Path(path).parent) for path in self.new if not (ROOT / path).parent.is_dir()}
        return {next((f for f in folders if path.startswith(f)), path) for path in files}


CONDITION = '''class ActiveCondition(BaseCondition):
    """On how many days a lead did anything."""

    active_days: Count
    """On at least so many days."""

    def words(self, _definition: "LeadDefinition") -> Text:
        """On how many."""
        n = self.active_days
        return Text(ja=f"活動が{n}日以上", en=f"active on at least {n} days")


'''

METRIC = """        Metric(
            name="mean_error",
            label=Text(ja="平均誤差", en="Mean error"),
            bigger_is_better=None,
            ideal=0.0,
            compute=lambda rows, weight: _mean(rows.probability - rows.converted, weight),
        ),
"""

KPI = """        Measure(
            name="created_again",
            team="marketing",
            population="created",
            label=Text(ja="獲得", en="Created"),
            kind="count",
            compute=_created,
        ),
"""

PREDICATE = """    ActiveCondition: lambda asked, catalogue: _within(
        "active_days_ever", (asked.active_days, None), catalogue
    ),
"""

CATALOGUE = "features/catalogue.py"
CONDITIONS = "features/definition/conditions.py"
CRMS = "features/crms.py"
FULFILMENT = "features/rulebook/fulfilment.py"
KINDS = "features/definition/kinds/__init__.py"
KPIS = "serving/review/figures/kpis.py"
METRICS = "training/metrics/metrics.py"

FIRST_METRIC = '        Metric(\n            name="log_loss",\n'
FIRST_KPI = '        Measure(\n            name="lead_count",\n'
KIND_IMPORT = "from features.definition.kinds.postal_code import POSTAL_CODE\n"
FAMILY = "            weekend_features(definition),\n"
FAMILY_IMPORT = "from features.families.weekend import weekend_features\n"

ADDED = (
    Sample(
        kind="a feature family",
        new=("features/families/weekend.py",),
        lines=(
            (CATALOGUE, "from features.feature import", FAMILY_IMPORT),
            (
                CATALOGUE,
                "            account_features(",
                "            weekend_features(definition),\n",
            ),
        ),
    ),
    Sample(
        kind="a kind of attribute",
        new=("features/definition/kinds/postal_code.py",),
        lines=(
            (KINDS, "from features.definition.kinds.purchase", KIND_IMPORT),
            (KINDS, "        NUMBER,\n", "        POSTAL_CODE,\n"),
        ),
    ),
    Sample(
        kind="a kind of rule condition",
        lines=(
            (CONDITIONS, "CONDITION_PARTS: tuple", CONDITION),
            (CONDITIONS, "    Not,\n)\n", "    ActiveCondition,\n"),
            (FULFILMENT, "    AllOf,\n    AnyOf,", "    ActiveCondition,\n"),
            (FULFILMENT, "    FeatureCondition: _feature,\n", PREDICATE),
        ),
    ),
    Sample(kind="a metric", lines=((METRICS, FIRST_METRIC, METRIC),)),
    Sample(kind="a KPI", lines=((KPIS, FIRST_KPI, KPI),)),
    Sample(
        kind="a page",
        new=("serving/web/pages/hello_page.py", "serving/web/templates/hello.html"),
    ),
    Sample(
        kind="a CRM",
        new=tuple(
            f"serving/crm/acme/{name}" for name in ("__init__.py", "vendor.py", "preset.yaml")
        ),
        lines=((CRMS, '    "salesforce": "Salesforce",\n', '    "acme": "Acme",\n'),),
    ),
)


@pytest.fixture(scope="module")
def enlarged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product with one more of everything."""
    copy = tmp_path_factory.mktemp("enlarged")
    for name in ("features", "training", "serving"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for sample in ADDED:
        for path in sample.new:
            (copy / path).parent.mkdir(exist_ok=True)
            shutil.copy(SAMPLES / path, copy / path)
        for path, before, line in sample.lines:
            text = (copy / path).read_text(encoding="utf-8")
            assert text.count(before) == 1, f"{path} must hold {before!r} once"
            (copy / path).write_text(text.replace(before, line + before), encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copy(ROOT / "tests" / "conftest.py", copy)
    shutil.copy(SAMPLES / "shown.py", copy / "test_shown.py")
    return copy


@pytest.mark.parametrize("sample", ADDED, ids=lambda sample: sample.kind)
def test_one_more_takes_the_places_that_are_counted(sample: Sample) -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    counted = re.search(rf"^\| {sample.kind} \| (\d) \|", table, re.MULTILINE)

    assert counted is not None
    assert len(sample.places) == int(counted[1]), sample.places


def test_a_crm_that_is_called_stands_in_its_folder_and_on_one_line() -> None:
    own = ROOT / "serving" / "crm" / "pipedrive"
    named = [
        (path.relative_to(ROOT).as_posix(), line)
        for floor in ("features", "training", "serving")
        for path in (ROOT / floor).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and own not in path.parents
        for line in path.read_bytes().splitlines()
        if b"pipedrive" in line.lower()
    ]

    assert named == [(CRMS, b'    "pipedrive": "Pipedrive",')]


@pytest.mark.long
def test_one_more_of_everything_works(enlarged: Path) -> None:
    command = [sys.executable, "-m", "pytest", "test_shown.py", "-q", "-p", "no:cacheprovider"]
    command += ["--basetemp", str(enlarged / "temporary")]

    ran = subprocess.run(command, cwd=enlarged, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout[-4_000:] + ran.stderr[-1_000:]
    assert f"{len(ADDED)} passed" in ran.stdout
