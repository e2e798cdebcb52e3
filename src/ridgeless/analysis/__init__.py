"""Questions about a limit, one module each: scale, start, causes, derivatives, leave-one-out errors."""

from ridgeless._core.shown import shown_modules

__getattr__, __dir__ = shown_modules(__name__)
