"""Free memory is told in bytes, and less of it than there is."""

import os

import pytest

from ridgeless._core import memory


def test_what_is_free_is_less_than_all():
    free = memory.available_bytes()
    if not hasattr(os, "sysconf"):
        pytest.skip("this system does not tell how much memory it has")
    assert 0 < free <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_where_linux_does_not_tell_it_is_all(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_TOLD_BY_LINUX", tmp_path / "absent")
    assert memory.available_bytes() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
