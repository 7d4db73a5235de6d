"""``awase replay``: a past decision made again, bit for bit."""

from typing import Annotated

import typer

from features.core.clock import to_second
from features.core.errors import Refusal
from features.core.formats import UNDEFINED, local_minute
from serving.cli.options import JsonOption, WorkspaceOption
from serving.cli.output.console import as_json, heading, say, table
from serving.decisions.inspect.replay_decision import replay_decision
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    decision: Annotated[int, typer.Argument(help="Number of the decision.", min=1)],
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Make a past decision again from what the ledger kept, and compare."""

    place = Workspace.at(workspace)
    found = replay_decision(place, decision)
    if json:
        figures = {figure.name: [figure.kept, figure.again] for figure in found.figures}
        as_json({"decision_id": decision, "same": found.is_same, "figures": figures})
    else:
        made = found.decision
        as_of = local_minute(to_second(made.as_of), place.definition().zone).en
        heading(f"Decision {decision} about lead {made.lead_id} as of {as_of}")
        by = f"release {made.release_id}" if made.release_id else "the rulebook alone"
        say(f"scored by {by}, definition {made.definition_version}")
        rows = [(f.name, _shown(f.kept), _shown(f.again)) for f in found.figures]
        table(("figure", "in the ledger", "made again"), rows)
    if not found.is_same:
        differ = [figure.name for figure in found.figures if not figure.is_same]
        msg = (
            f"a decision made again must be the same to the last bit; got {len(differ)} figures "
            f"that differ ({', '.join(differ)}). The ledger or the release was changed."
        )
        raise Refusal(msg)
    if not json:
        say("The same, to the last bit.")


def _shown(value: str | float | None) -> str:
    if value is None:
        return UNDEFINED
    return value if isinstance(value, str) else repr(value)
