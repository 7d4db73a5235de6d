"""``awase serve``: the pages sales and marketing work in."""

from typing import Annotated

import typer

from serving.cli.console import say
from serving.cli.main import app
from serving.cli.options import WorkspaceOption

GRACE_SECONDS = 10
"""How long requests under way may take once the server is asked to stop."""


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
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the worklist, the lead cards and the definition, in Japanese and English."""
    import uvicorn

    from serving.delivery.background import delivering
    from serving.delivery.channels import configured_senders
    from serving.delivery.deliver import align_channels
    from serving.web.app import create_app
    from serving.web.web_settings import WebSettings
    from serving.workspace import Workspace

    place = Workspace.at(workspace)
    senders = configured_senders(place)
    application = create_app(place, WebSettings(secure_cookies=not plain_http))
    store = place.store()
    align_channels(store, senders)
    say(f"Awase listens on http://{host}:{port} (stop with Ctrl+C)")
    with delivering(store, senders):
        uvicorn.run(
            application,
            host=host,
            port=port,
            log_level="warning",
            ws="none",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
