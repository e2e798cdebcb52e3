"""`python -m ridgeless`."""

from __future__ import annotations

import sys

from ridgeless.cli import main

if __name__ == "__main__":
    sys.exit(main())
