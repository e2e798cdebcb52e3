"""Every refusal is one of ours, on one line, and says what to type instead; nothing is left behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "bad_inputs.py"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nothing")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), sorted(folder.iterdir())


def test_each_is_refused_by_name_on_one_line(outcome):
    told = outcome[0]
    assert len(told["answers"]) >= 50
    wrong = {}
    for case, (error, words) in told["expected"].items():
        name, is_ours, message = told["answers"][case]
        if name != error or not is_ours or words not in message or "\n" in message:
            wrong[case] = told["answers"][case]
    assert not wrong


def test_nothing_is_left_behind(outcome):
    assert outcome[1] == []
