"""Compiled programs: one for each shape, and no more of them than a process may hold."""

import numpy as np
import pytest

from ridgeless.flows import _jax


def double(x):
    return x + x


@pytest.fixture
def kept(monkeypatch):
    """An empty cache of three programs."""
    monkeypatch.setattr(_jax, "_PROGRAMS", type(_jax._PROGRAMS)())
    monkeypatch.setattr(_jax, "_MOST_PROGRAMS", 3)
    return _jax._PROGRAMS


def program_of(length):
    with _jax.double_precision():
        return _jax.compiled("double", double, np.ones(length))


def test_one_shape_is_compiled_once(kept):
    assert program_of(2) is program_of(2)
    assert program_of(3) is not program_of(2)
    assert len(kept) == 2


def test_the_least_recently_used_program_goes(kept):
    first, second = program_of(1), program_of(2)
    program_of(3)
    assert program_of(1) is first  # used again, and so not the oldest any more
    program_of(4)
    assert len(kept) == 3
    assert program_of(1) is first
    assert program_of(2) is not second


def test_a_process_may_hold_so_many_programs():
    """Linux grants 65,530 memory maps; the largest programs hold about a hundred each."""
    assert 100 * _jax._MOST_PROGRAMS < 65_530 / 4
