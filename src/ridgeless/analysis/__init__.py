"""Questions about a limit, one module each: scale, start, causes, derivatives, leave-one-out errors."""
