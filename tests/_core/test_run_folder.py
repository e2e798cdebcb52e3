"""The folder of a run: complete, and never half there."""

import stat

import pytest

from ridgeless._core.run_folder import refuse_unwritable, write_run
from ridgeless.errors import UnwritableFolderError


def written(folder):
    (folder / "x").write_text("all")


def test_runs_of_one_name_are_numbered(tmp_path):
    folders = [write_run(tmp_path, "run", written) for _ in range(3)]
    assert [folder.name for folder in folders] == ["run", "run-2", "run-3"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run-2", "run-3"]


@pytest.mark.parametrize("failure", [RuntimeError("no font"), KeyboardInterrupt()])
def test_what_fails_leaves_nothing(tmp_path, failure):
    def failing(folder):
        written(folder)
        raise failure

    with pytest.raises(type(failure)):
        write_run(tmp_path / "new" / "runs", "run", failing)
    assert list(tmp_path.iterdir()) == []


def test_what_fails_leaves_older_runs_alone(tmp_path):
    def failing(folder):
        raise RuntimeError

    folder = write_run(tmp_path, "run", written)
    with pytest.raises(RuntimeError):
        write_run(tmp_path, "run", failing)
    assert list(tmp_path.iterdir()) == [folder]
    assert (folder / "x").read_text() == "all"


def test_a_full_disk_is_told(tmp_path):
    def full(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(UnwritableFolderError, match="No space left on device"):
        write_run(tmp_path, "run", full)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_folders_are_refused_beforehand(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, file / "below"):
        with pytest.raises(UnwritableFolderError, match="--out FOLDER"):
            refuse_unwritable(out, "run")
    refuse_unwritable(tmp_path / "a" / "b", "run")
    assert list(tmp_path.iterdir()) == [file]


def test_the_folder_is_as_readable_as_any_other(tmp_path):
    folder = write_run(tmp_path, "run", written)
    (tmp_path / "plain").mkdir()
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_file_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "run").write_text("mine")
    assert write_run(tmp_path, "run", lambda staging: None).name == "run-2"
    assert (tmp_path / "run").read_text() == "mine"
