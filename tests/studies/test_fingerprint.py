"""Fingerprints: equal for the same thing in every process, different for everything else."""

import functools
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.studies.fingerprint import fingerprint


class Held:
    """An object with nothing but attributes."""

    def __init__(self, value):
        self.value = value

    def method(self):
        return self.value


def made_with(value, default=1):
    def function(x, factor=default):
        return factor * (x + value)

    return function


def long_array(last):
    # Its repr leaves the middle out.
    array = np.zeros(5000)
    array[2500] = last
    return array


PAIRS = {
    "classes": (rl.networks.Difference(3), rl.networks.Power(3)),
    "fields": (rl.networks.Difference(3), rl.networks.Difference(2)),
    "arrays": (rl.inits.Weights({"u": long_array(0.0)}), rl.inits.Weights({"u": long_array(1.0)})),
    "shapes": (np.zeros((2, 3)), np.zeros((3, 2))),
    "types": (np.zeros(2, dtype=int), np.zeros(2)),
    "closures": (made_with(1.0), made_with(2.0)),
    "defaults": (made_with(1.0, 1), made_with(1.0, 2)),
    "functions": (made_with, long_array),
    "partials": (functools.partial(made_with, 1), functools.partial(made_with, 2)),
    "attributes": (Held(1), Held(2)),
    "methods": (Held(1).method, Held(2).method),
    "numbers": (1, 1.0),
    "texts": ("1", 1),
    "sets": ({1, 2}, {1, 3}),
    "nested": ({"a": [1, (2, None)]}, {"a": [1, (3, None)]}),
    "builtin functions": (max, min),
    "universal functions": (np.sin, np.cos),
    "object arrays": (np.array([1, "a"], dtype=object), np.array([1, "b"], dtype=object)),
}


@pytest.mark.parametrize(("first", "second"), PAIRS.values(), ids=PAIRS)
def test_different_things_differ(first, second):
    assert fingerprint(first) == fingerprint(first)
    assert fingerprint(first) != fingerprint(second)
    assert "0x" not in fingerprint(first)  # an address of memory is another one in every process


def test_equal_things_are_equal():
    assert fingerprint(Held([1])) == fingerprint(Held([1]))
    assert fingerprint(made_with(1.0)) == fingerprint(made_with(1.0))
    assert fingerprint({2, 1}) == fingerprint({1, 2})
    assert fingerprint(long_array(1.0)) == fingerprint(long_array(1.0))


def test_what_holds_itself_ends():
    held = Held(1)
    held.value = [held]
    assert fingerprint(held) == "Held(value=[itself])"


def test_functions_without_source_are_told_by_what_they_do():
    def typed(text):
        scope = {}
        exec(text, scope)
        return scope["f"]

    assert isinstance(typed("f = lambda x: x + 1"), types.FunctionType)
    assert fingerprint(typed("f = lambda x: x + 1")) == fingerprint(typed("f = lambda x: x + 1"))
    assert fingerprint(typed("f = lambda x: x + 1")) != fingerprint(typed("f = lambda x: x + 2"))
    assert fingerprint(typed("f = lambda: [x for x in y]")) != fingerprint(typed("f = lambda: [x for x in z]"))


def test_they_are_the_same_in_another_process():
    code = (
        "import numpy as np, ridgeless as rl\n"
        "from ridgeless.studies.fingerprint import fingerprint\n"
        "found = fingerprint({'init': rl.inits.Weights({'u': np.arange(4.0)}), 'names': {'a', 'b', 'c'},"
        " 'f': (lambda y: lambda x: x + y)(3)})\n"
    )
    scope = {}
    exec(code, scope)
    path = str(Path(rl.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print(found)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": path},
    )
    assert done.stdout.strip() == scope["found"]
