"""``awase start --browser``: the choices on a page of this machine, and how it ended."""

import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from features.core.errors import AwaseError
from features.importing.proposal.column_guess import Understanding
from features.importing.proposal.looked_at import LookedAt
from features.importing.proposal.writing.propose import Proposal
from serving.cli.output.console import in_shell, say
from serving.cli.start.screen import FirstRun, worthwhile_from
from serving.web.start.start_app import StartDesk, create_start_app
from serving.web.start.start_page import Ended

LAST_LOOK_SECONDS = 30
"""How long the last page waits for the browser that asks every two seconds."""


class BrowserStart:
    """A start whose choices are made in the browser."""

    def __init__(self, desk: StartDesk) -> None:
        self._desk = desk

    def wait(self) -> Proposal:
        """Wait until the button is pressed; Ctrl-C ends it and nothing is written."""
        while not self._desk.chosen.wait(1):
            pass
        if self._desk.proposal is None:
            msg = "a start needs choices that fit the files"
            raise AwaseError(msg)
        return self._desk.proposal

    def show(self, run: FirstRun) -> None:
        """Show how it ended."""
        self._end(
            Ended(
                release=run.release,
                refusal="" if run.refused is None else str(run.refused),
                converted=run.check.converted_leads,
                needed=run.check.needed,
                worthwhile_from=worthwhile_from(run.check),
                mapping=str(run.mapping),
                definition=str(run.place.definition_path),
                command=f"awase serve -w {in_shell(run.place.folder)}",
            )
        )

    def fail(self, sentence: str) -> None:
        """Show why it stopped."""
        self._end(Ended(failed=sentence))

    def _end(self, ended: Ended) -> None:
        self._desk.ended = ended
        self._desk.seen.wait(LAST_LOOK_SECONDS)


@contextmanager
def in_browser(files: tuple[LookedAt, ...], found: Understanding) -> Iterator[BrowserStart]:
    """Serve the page on loopback until the block ends; what stops the block is shown there, too.

    Parameters
    ----------
    files : tuple of LookedAt
    found : Understanding
        What is proposed.
    """
    desk = StartDesk(files=files, found=found)
    config = uvicorn.Config(
        create_start_app(desk), host="127.0.0.1", port=0, log_level="warning", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/?key={desk.key}"
    say(f"  Correct what is wrong in the browser: {address}")
    webbrowser.open(address)
    start = BrowserStart(desk)
    try:
        yield start
    except AwaseError as error:
        if desk.chosen.is_set():
            start.fail(str(error))
        raise
    finally:
        server.should_exit = True
        thread.join()
