"""A small company that is retrained at the end of two months, one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from features.definition import LeadDefinition
from features.store import Store
from training.reports.retrain_records import RetrainReport
from training.retrain import RetrainSettings, retrain

DAY = 86_400
MONTH = 30 * DAY
STARTS = 1_704_034_800
FIRST_CUTOFF, SECOND_CUTOFF = STARTS + 12 * MONTH, STARTS + 13 * MONTH


@dataclass(frozen=True)
class Place:
    """A folder with a database, an MLflow database and releases."""

    folder: Path

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store.open(f"sqlite:///{self.folder / 'awase.db'}")
        yield store
        store.close()

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def settings(self, data_cutoff: int | None) -> RetrainSettings:
        return RetrainSettings(
            data_cutoff=data_cutoff,
            releases_dir=self.folder / "releases",
            tracking_uri=self.tracking_uri,
            definition_text="name: small_company\n",
            by="tester",
        )

    def retrain(self, definition: LeadDefinition, data_cutoff: int | None) -> RetrainReport:
        with self.store() as store:
            return retrain(store, definition, settings=self.settings(data_cutoff))


@dataclass(frozen=True)
class History:
    """Two monthly retrains, one after the other."""

    place: Place
    first: RetrainReport
    second: RetrainReport
