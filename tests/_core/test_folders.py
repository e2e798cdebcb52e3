"""Folders are removed, whoever is still writing into them."""

import errno
import os
import shutil
import threading
import time

import pytest

from ridgeless._core import folders
from ridgeless._core.folders import remove_tree


def test_a_folder_that_a_thread_still_writes_into(tmp_path):
    folder = tmp_path / "arrays"
    folder.mkdir()
    begun, until = threading.Event(), time.monotonic() + 0.3

    def write():
        number = 0
        while time.monotonic() < until:
            (folder / "part").mkdir(parents=True, exist_ok=True)
            for _ in range(20):
                number += 1
                try:
                    (folder / "part" / str(number)).touch()
                except FileNotFoundError:
                    break
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    remove_tree(folder)
    writer.join()
    remove_tree(folder)
    assert not folder.exists()


def test_a_file_that_appears_on_the_way_is_no_failure(tmp_path, monkeypatch):
    (tmp_path / "arrays").mkdir()
    original, calls = shutil.rmtree, []

    def rmtree(folder):
        calls.append(folder)
        if len(calls) < 3:
            raise OSError(errno.ENOTEMPTY, "Directory not empty")
        original(folder)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    remove_tree(tmp_path / "arrays")
    assert len(calls) == 3
    assert not (tmp_path / "arrays").exists()


@pytest.mark.parametrize(("number", "least"), [(errno.EACCES, 1), (errno.ENOTEMPTY, 2)])
def test_what_cannot_be_removed_is_told(tmp_path, monkeypatch, number, least):
    """At once where nobody else is the reason, after a while where somebody is."""
    calls = []

    def rmtree(folder):
        calls.append(folder)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    monkeypatch.setattr(folders, "_PATIENCE_S", 0.1)
    with pytest.raises(OSError, match=os.strerror(number)):
        remove_tree(tmp_path)
    assert len(calls) == 1 if least == 1 else len(calls) >= least


def test_what_is_not_there_is_removed_already(tmp_path):
    remove_tree(tmp_path / "nothing")
