"""The page in the browser: where training goes, drawn while the start is moved."""

from __future__ import annotations
