"""The command line. Nothing heavy is imported before a command needs it."""

from ridgeless._core.shown import shown
from ridgeless.cli.app import main

__all__ = ["main"]

__getattr__, __dir__ = shown(__name__, __all__)
