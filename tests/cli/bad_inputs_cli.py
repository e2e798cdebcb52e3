"""Run many command lines in one fresh process, without the type checks of the test session.

Reads a JSON list of lists of words on standard input; writes, for each, its status, what it printed, and which
files of the working folder are new.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from ridgeless.cli import main


def files():
    return {str(path) for path in Path().rglob("*")}


def outcome(words):
    before, out, err = files(), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return {
        "status": status,
        "out": out.getvalue(),
        "err": err.getvalue(),
        "new": sorted(files() - before),
    }


if __name__ == "__main__":
    json.dump([outcome(words) for words in json.load(sys.stdin)], sys.stdout)
