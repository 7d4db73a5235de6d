"""A release: one folder of plain files from which every probability can be had again, bit for bit.

    <release_id>/
      release.json     the card: dates, fingerprints, recipe, cut-offs, metrics, checksums
      booster_NN.txt   LightGBM's own text, which holds every number with 17 digits
      calibrator.json  kind, slope, intercept, offsets of segments, likely range
      catalogue.json   the columns the boosters read, in order, with their category levels
      past.npy         what its cut-offs were chosen from, for when the agreement changes
      tested/looks.npy what the tested fit said of each day of the test on which a lead may cross
      line.json        the straight part of the margin and its share, where it has one
      model_card.*     what it predicts, how well, for whom not; for people, in both languages
      recalibration.*  how far its level was moved since, where it was; the card is then the older
      tested/          the same without the card for the tested fit, which the metrics are of

Why the tested fit travels along: a challenger must be compared with the champion on rows neither of
them was fitted on, and the shipped boosters have seen everything that had matured.

Why the id comes from the content: the same inputs give the same release, so a repeated run finds
it already there, and two different releases can never share a name. Nothing in a release tells
when it was made; the ledger does.

A folder appears whole or not at all, and nothing is ever pickled. To change the format: raise
``FORMAT``, and teach :func:`load_release` the older one (a test keeps an old release that must
still load). Format 1 had no line: whoever reads only that must not take the boosters for all.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from features.core.arrays import FloatArray
from features.core.atomic_folder import Files, write_whole_folder
from features.core.clock import UNDATED, from_second
from features.core.errors import LeadDataError
from features.core.text import Language
from features.feature_frame import matrix_of
from training.cutoffs.daily_looks import DailyLooks
from training.learners.hyperparameters import Hyperparameters
from training.model.cutoff_sample import LOOKS, PAST, ReleasePast, from_bytes, to_bytes
from training.model.trained_model import TrainedModel, plain_json
from training.results.records import Metrics, Recalibration, ReleaseCutOffs, from_json, to_json

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 2
"""Version of the folder's layout."""

READABLE_FORMATS = (1, FORMAT)

CARD, TESTED = "release.json", "tested/"
_ID_DIGITS = 10


@dataclass(frozen=True, kw_only=True)
class FileChecksum:
    """A file of the release, named from its folder, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ReleaseCard:
    """What ``release.json`` says. Times are whole seconds since 1970 UTC.

    Attributes
    ----------
    model_fingerprint, agreement_fingerprint : str
        Of the two parts of the lead definition.
    data_cutoff : int
        Instant up to which the tables were complete; ``UNDATED`` where nothing has a date.
    tested_from, trained_until : int
        First snapshot the metrics were measured on; last matured snapshot the shipped fit learned
        from. Its boosters saw young ones up to the data cut-off besides.
    metrics : Metrics
        Of the tested fit; the shipped boosters are its recipe refitted on everything matured.
    tested_cut_offs, tested_base_rate : ReleaseCutOffs, float
        Of the tested fit, set on nothing later than the start of the test: what a replay needs.
    looked_from, looked_until : int or None
        The test's period as it was replayed day by day.
    recalibration : Recalibration or None
        Of a release whose boosters are another's and whose level was moved since. Its metrics are
        those of the newly matured snapshots that moved it.
    """

    release_id: str
    definition_name: str
    model_fingerprint: str
    agreement_fingerprint: str
    data_cutoff: int
    tested_from: int
    trained_until: int
    n_snapshots: int
    n_converted: int
    recipe: Hyperparameters
    cut_offs: ReleaseCutOffs
    metrics: Metrics
    tested_cut_offs: ReleaseCutOffs | None = None
    tested_base_rate: float | None = None
    recalibration: Recalibration | None = None
    looked_from: int | None = None
    looked_until: int | None = None
    files: tuple[FileChecksum, ...] = ()
    format: int = FORMAT


@dataclass(frozen=True, kw_only=True)
class Release:
    """A card and the files it names; boosters are parsed when first asked for."""

    card: ReleaseCard
    files: Files
    classes_: ClassVar[tuple[bool, bool]] = (False, True)
    """What the columns of :meth:`predict_proba` stand for."""

    @classmethod
    def make(
        cls,
        card: ReleaseCard,
        *,
        shipped: TrainedModel,
        tested: TrainedModel,
        past: ReleasePast | None = None,
        model_card: Files | None = None,
        looks: DailyLooks | None = None,
    ) -> "Release":
        """Make a release of two fits; the card's id and checksums are filled in from the content.

        Parameters
        ----------
        card : ReleaseCard
        shipped : TrainedModel
            Fitted on everything that had matured; what probabilities come from.
        tested : TrainedModel
            Fitted before the test window; what the metrics are of.
        past : ReleasePast, optional
            Without it, the cut-offs cannot change before the next retrain.
        model_card : mapping from file name to bytes, optional
            See :func:`training.reports.model_card_text.card_files`.
        looks : DailyLooks, optional
            The test replayed day by day: what is said of its cut-offs, whichever they are.
        """
        files = shipped.to_files() | dict(model_card or {})
        files |= {TESTED + name: content for name, content in tested.to_files().items()}
        if past is not None:
            files |= {PAST: to_bytes(past.shipped), TESTED + PAST: to_bytes(past.tested)}
        if looks is not None:
            files |= {TESTED + LOOKS: to_bytes(looks.scored)}
            card = replace(card, looked_from=looks.since, looked_until=looks.until)
        return cls(card=_identified(card, files), files=files)

    @classmethod
    def load(cls, folder: Path) -> "Release":
        """Read a release folder; see :func:`load_release`."""
        return load_release(folder)

    def with_agreement(
        self,
        cut_offs: ReleaseCutOffs,
        agreement_fingerprint: str,
        *,
        tested_cut_offs: ReleaseCutOffs | None = None,
    ) -> "Release":
        """Make a new release with the same boosters, under a changed agreement.

        Parameters
        ----------
        cut_offs : ReleaseCutOffs
            By the rules of the changed agreement.
        agreement_fingerprint : str
            Of the changed agreement.
        tested_cut_offs : ReleaseCutOffs, optional
            Those of the tested fit stay as they are unless given.
        """
        card = replace(
            self.card,
            cut_offs=cut_offs,
            agreement_fingerprint=agreement_fingerprint,
            tested_cut_offs=tested_cut_offs or self.card.tested_cut_offs,
        )
        return Release(card=_identified(card, self.files), files=self.files)

    @property
    def release_id(self) -> str:
        """Day of the data cut-off and a digest of the content."""
        return self.card.release_id

    def model_card(self, language: Language) -> str | None:
        """The model card as Markdown; None where the release is older than model cards.

        Of a recalibrated release it begins with what moved since its boosters learned.
        """
        names = (f"{kind}.{language}.md" for kind in ("recalibration", "model_card"))
        found = [self.files[name].decode() for name in names if name in self.files]
        return "\n".join(found) or None

    @property
    def cut_offs(self) -> ReleaseCutOffs:
        """Probabilities at which a lead becomes MQL and SQL."""
        return self.card.cut_offs

    @cached_property
    def fit(self) -> TrainedModel:
        """The shipped fit."""
        return TrainedModel.from_files(
            {n: c for n, c in self.files.items() if not n.startswith(TESTED)}
        )

    @cached_property
    def tested(self) -> TrainedModel:
        """The fit whose metrics the card shows."""
        inner = {n.removeprefix(TESTED): c for n, c in self.files.items() if n.startswith(TESTED)}
        return TrainedModel.from_files(inner)

    @cached_property
    def past(self) -> ReleasePast | None:
        """What the cut-offs were chosen from; None in releases that do not keep it."""
        if PAST not in self.files or TESTED + PAST not in self.files:
            return None
        return ReleasePast(
            shipped=from_bytes(self.files[PAST]), tested=from_bytes(self.files[TESTED + PAST])
        )

    @cached_property
    def looks(self) -> DailyLooks | None:
        """The test replayed day by day; None in releases that do not keep it."""
        since, until = self.card.looked_from, self.card.looked_until
        if TESTED + LOOKS not in self.files or since is None or until is None:
            return None
        return DailyLooks(
            scored=from_bytes(self.files[TESTED + LOOKS]),
            since=since,
            until=until,
            dated=self.card.data_cutoff != UNDATED,
        )

    def margin(self, matrix: FloatArray) -> FloatArray:
        """Natural log-odds of the shipped fit, before calibration."""
        return self.fit.margin(matrix)

    def probability(self, matrix: FloatArray) -> FloatArray:
        """Calibrated probability of the shipped fit."""
        return self.fit.probability(matrix)

    def predict_proba(self, frame: "pd.DataFrame") -> FloatArray:
        """Probabilities of a table in words, shaped as scikit-learn shapes them.

        Parameters
        ----------
        frame : DataFrame of shape (n, at least n_features)
            A column per feature of the catalogue, categories as text, what is unknown as missing;
            see :func:`features.feature_frame.matrix_of`.

        Returns
        -------
        ndarray of shape (n, 2)
            Of no outcome and of the outcome within the horizon, in the order of ``classes_``.

        Raises
        ------
        LeadDataError
            If a column is absent or holds what it cannot hold.
        """
        probability = self.probability(matrix_of(frame, self.fit.catalogue))
        return np.column_stack((1 - probability, probability))

    def qualify(self, probability: FloatArray) -> npt.NDArray[np.int8]:
        """Qualify by the release's cut-offs, as values of Qualification."""
        return self.cut_offs.qualify(probability)

    def write(self, releases_dir: Path) -> Path:
        """Put the release into a folder of its own, whole or not at all.

        Returns
        -------
        Path
            The folder; one already there with the same content is left as it is.
        """
        folder = releases_dir / self.release_id
        # The name is a digest of the content: what else lies there is a damaged copy of this.
        if not (folder.exists() and _intact(folder)):
            write_whole_folder(folder, {**self.files, CARD: to_json(self.card).encode()})
        return folder


def load_release(folder: Path) -> Release:
    """Read a release folder and verify the checksum of each of its files.

    Raises
    ------
    LeadDataError
        If the folder is no release, of a newer format, or holds files that are not those written.
    """
    path = folder / CARD
    if not path.is_file():
        msg = f"a release folder holds {CARD}; got none in {folder}. Check the path."
        raise LeadDataError(msg)
    content = path.read_bytes()
    _check_format(content, path)
    card = from_json(ReleaseCard, content, str(path))
    files: dict[str, bytes] = {}
    damaged = []
    for file in card.files:
        inner = folder / file.name
        files[file.name] = inner.read_bytes() if inner.is_file() else b""
        if _sha256(files[file.name]) != file.sha256:
            damaged.append(file.name)
    if damaged or not card.release_id.endswith(_digest(json.loads(content))):
        msg = (
            f"the files of release {card.release_id} must be those that were written; got "
            f"{len(damaged)} changed or missing ({', '.join(damaged[:3]) or CARD}). "
            "Restore the folder, or roll back to another release."
        )
        raise LeadDataError(msg)
    return Release(card=card, files=files)


def _identified(card: ReleaseCard, files: Files) -> ReleaseCard:
    checksums = tuple(
        FileChecksum(name=name, sha256=_sha256(files[name])) for name in sorted(files)
    )
    nameless = replace(card, release_id="", files=checksums)
    dated = card.data_cutoff != UNDATED
    day = f"{from_second(card.data_cutoff):%Y-%m-%d}" if dated else "undated"
    return replace(nameless, release_id=f"{day}-{_digest(json.loads(to_json(nameless)))}")


def _digest(card: dict[str, Any]) -> str:
    # From the card as it was written: a field that a later version adds must not change old ids.
    return _sha256(plain_json(card | {"release_id": ""}))[:_ID_DIGITS]


def _check_format(content: bytes, path: Path) -> None:
    try:
        found = json.loads(content).get("format")
    except (ValueError, AttributeError):
        found = "no JSON object"
    if found not in READABLE_FORMATS:
        msg = (
            f"{path} must be of format {' or '.join(map(str, READABLE_FORMATS))}; got {found}. "
            "Use the version of Awase that wrote it, or retrain."
        )
        raise LeadDataError(msg)


def _intact(folder: Path) -> bool:
    try:
        load_release(folder)
    except LeadDataError:
        return False
    return True


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
