"""``awase serve``: the pages sales and marketing work in, and the API."""

from typing import Annotated

import typer

from serving.cli.options import WorkspaceOption
from serving.cli.output.console import say
from serving.crm.channels import open_senders
from serving.delivery.background import delivering
from serving.web.server import Listening, serve_pages
from serving.workspace.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = 8000,
    plain_http: Annotated[
        bool,
        typer.Option(
            "--plain-http",
            help="Let cookies travel without HTTPS. Only to try the pages in a closed network.",
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes to start; more than one needs PostgreSQL.",
            min=1,
            max=64,
            show_default="AWASE_WORKERS, else 1",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the pages, in Japanese and English, and the API under /v1."""

    place = Workspace.at(workspace)
    listening = Listening(
        host=host, port=port, plain_http=plain_http, workers=workers or place.workers
    )
    store = place.store()
    senders = open_senders(place, store)
    say(f"Awase listens on http://{host}:{port} (stop with Ctrl+C)")
    with delivering(store, senders, keep_days=place.keep_messages_days):
        serve_pages(place, listening)
