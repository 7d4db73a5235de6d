"""The command line: one file a command; heavy imports happen inside the command that needs them."""

from serving.cli.main import main

__all__ = ["main"]
