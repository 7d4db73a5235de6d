"""What the simulator knows and no company does: how far the release is from the best possible."""

from pathlib import Path
from typing import TYPE_CHECKING

from serving.cli.console import heading, say
from serving.cli.figures import count

if TYPE_CHECKING:
    from serving.workspace import Workspace


def show_truth(place: "Workspace", path: Path, *, release_id: str) -> None:
    """Print a release's expected log loss under the true probabilities, beside the least."""
    import pyarrow.parquet as arrow_parquet

    from training.company.closeness import closeness_to_truth
    from training.release import load_release

    found = closeness_to_truth(
        load_release(place.releases_dir / release_id),
        arrow_parquet.read_table(path),
        tables=place.store().read_tables(),
        definition=place.definition(),
    )
    if found is None:
        return
    heading(f"Against the true probabilities of {count(found.n_snapshots)} later snapshots")
    say(
        f"  expected log loss {found.expected:.4f}, {100 * found.excess:.1f} % above the least any "
        f"model could reach ({found.least:.4f}); the base rate alone: {found.base_rate:.4f}"
    )
