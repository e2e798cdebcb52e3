"""The store: readable while it is filled, gone on with after any end, and never in the way of other people's files."""

import contextlib
import os
import shutil

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import StudyStoreError
from ridgeless.studies import executors, make_plan, read_configuration, read_store
from ridgeless.studies import store as store_module
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.store import open_store


class KilledError(Exception):
    """Stands for the end of a process, after which nothing is tidied up."""


@pytest.fixture(scope="module")
def wide(small):
    """Six cells in three chunks."""

    def make(**keys):
        return small(network={"name": "Difference", "depth": [2, 3, 4]}, **{"seeds": {"count": 2}, "batch": 2, **keys})

    return make


@pytest.fixture(scope="module")
def undisturbed(wide):
    return rl.study(wide())


@pytest.fixture(scope="module")
def stored(wide, tmp_path_factory):
    """A finished store, that tests take results from and fill again."""
    target = tmp_path_factory.mktemp("stored") / "s"
    rl.study(wide(), store=target)
    return target


@pytest.fixture(scope="module")
def one_by_one(wide, tmp_path_factory):
    """Likewise, each cell computed by itself."""
    target = tmp_path_factory.mktemp("one_by_one") / "s"
    return target, rl.study(wide(batch=1), store=target)


@pytest.fixture(scope="module")
def grown(wide, tmp_path_factory):
    """A finished store, and the results of a wider grid that went on from it undisturbed."""
    folder = tmp_path_factory.mktemp("grown")
    rl.study(wide(batch=1), store=folder / "before")
    shutil.copytree(folder / "before", folder / "after")
    return folder / "before", rl.study(wide(seeds={"count": 3}, batch=1), store=folder / "after")


@pytest.fixture
def computed(monkeypatch):
    """The cells that have been computed, by label, since the list was cleared."""
    told, run = [], executors.run_task

    def counting(task):
        told.extend(cell.label for cell in task.cells)
        return run(task)

    monkeypatch.setattr(executors, "run_task", counting)
    return told


def layout_of(configuration):
    return make_layout(make_plan(read_configuration(configuration)))


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@contextlib.contextmanager
def failing_write(failure, number):
    """The write of that number to a local store, and all after it, fail; the list tells how many there were."""
    writes, kind = [], zarr.storage.LocalStore
    with pytest.MonkeyPatch.context() as patch:
        for name in ("set", "set_if_not_exists"):
            original = getattr(kind, name)

            async def failing(self, key, value, original=original):
                writes.append(key)
                if len(writes) > number:
                    raise failure
                return await original(self, key, value)

            patch.setattr(kind, name, failing)
        yield writes


class TestWhatIsStored:
    def test_the_store_holds_what_the_study_returned(self, wide, tmp_path, undisturbed, same_but_for_the_clock):
        dataset = rl.study(wide(), store=tmp_path / "results.zarr")
        assert read_store(tmp_path / "results.zarr").identical(dataset)
        assert same_but_for_the_clock(dataset, undisturbed)
        assert [path.name for path in tmp_path.iterdir()] == ["results.zarr"]
        with xr.open_zarr(tmp_path / "results.zarr", consolidated=True) as stored:
            assert np.array_equal(stored.error, dataset.error)

    def test_a_path_as_text(self, wide, tmp_path, undisturbed, same_but_for_the_clock):
        dataset = rl.study(wide(), store=str(tmp_path / "new" / "results.zarr"))
        assert same_but_for_the_clock(dataset, undisturbed)

    def test_it_is_readable_while_it_is_filled(self, wide, tmp_path):
        target, seen = tmp_path / "results.zarr", []

        def look(label, done, total):
            stored = read_store(target)
            seen.append((done, int((stored.status != "").sum()), int(stored.error.notnull().sum()), total))

        rl.study(wide(), look, store=target)
        assert seen == [(2, 2, 2, 6), (4, 4, 4, 6), (6, 6, 6, 6)]

    def test_of_memory(self, small, undisturbed, wide, same_but_for_the_clock):
        address = "memory://study/results.zarr"
        first = rl.study(wide(), store=address)
        assert same_but_for_the_clock(first, undisturbed)
        assert rl.study(wide(), store=address).identical(first)
        with pytest.raises(StudyStoreError, match="only one on a local disk can grow"):
            rl.study(wide(seeds={"count": 3}), store=address)


class TestResuming:
    def test_the_same_study_computes_nothing(self, wide, tmp_path, computed):
        first = rl.study(wide(), store=tmp_path / "s")
        before = files(tmp_path)
        assert len(computed) == 6
        computed.clear()
        assert rl.study(wide(), store=tmp_path / "s").identical(first)
        assert computed == []
        assert files(tmp_path) == before

    @pytest.mark.parametrize(
        ("wider", "new"),
        [
            ({"seeds": {"count": 3}}, 3),
            ({"init": {"name": "Constant", "scale": [1.0, 0.1]}}, 6),
            ({"problem": {"noise": [0.1, 0.0]}}, 6),
            ({"methods": ["limit", "lazy_limit"]}, 6),
            ({"batch": 1}, 0),
        ],
        ids=str,
    )
    def test_a_wider_grid_computes_the_new_cells_and_keeps_the_old_bits(self, wide, tmp_path, computed, wider, new):
        start = {"problem": {"noise": [0.0]}, "init": {"name": "Constant", "scale": [0.1]}}
        first = rl.study(wide(**start), store=tmp_path / "s")
        computed.clear()
        second = rl.study(wide(**{**start, **wider}), store=tmp_path / "s")
        assert len(computed) == len(set(computed)) == new
        assert [path.name for path in tmp_path.iterdir()] == ["s"]
        old = second.sel({name: first[name] for name in first.status.dims})
        for name in ("x", "error", "status", "message", "verdict", "address", "company", "lane", "run_s"):
            assert np.array_equal(old[name], first[name], equal_nan=first[name].dtype.kind == "f"), name
        assert (second.status != "").all()

    def test_a_grid_of_whole_numbers_may_grow_to_fractions(self, wide, tmp_path, computed):
        rl.study(wide(init={"name": "Constant", "scale": [1.0, 2.0]}), store=tmp_path / "s")
        computed.clear()
        found = rl.study(wide(init={"name": "Constant", "scale": [2.0, 1.0, 0.5]}), store=tmp_path / "s")
        assert len(computed) == 6
        assert found.scale.values.tolist() == [2.0, 1.0, 0.5]

    @pytest.mark.parametrize(
        "other",
        [
            {"seeds": {"count": 1}},
            {"tol": 1e-9},
            {"keep": []},
            {"measures": ["error"]},
            {"seeds": {"count": 2, "first": 1}},
        ],
        ids=str,
    )
    def test_what_would_lose_results_is_refused(self, wide, tmp_path, other):
        first = rl.study(wide(), store=tmp_path / "s")
        with pytest.raises(StudyStoreError, match=r"does not ask for.*They are kept: name another store"):
            rl.study(wide(**other), store=tmp_path / "s")
        assert read_store(tmp_path / "s").identical(first)

    def test_other_versions_are_named(self, wide, tmp_path, monkeypatch):
        rl.study(wide(), store=tmp_path / "s")
        versions = {**store_module.versions(), "numpy": "0.1"}
        monkeypatch.setattr("ridgeless.studies.cells.versions", lambda: versions)
        monkeypatch.setattr(store_module, "versions", lambda: versions)
        with pytest.raises(StudyStoreError, match=r"holds 6 results .*numpy \S+ is now 0\.1"):
            rl.study(wide(), store=tmp_path / "s")

    @settings(max_examples=6)
    @given(st.sets(st.integers(0, 2)))
    def test_any_chunks_that_are_lost_are_computed_anew(self, wide, stored, undisturbed, same_but_for_the_clock, lost):
        target = stored
        group = zarr.open_group(target, mode="r+", zarr_format=2, use_consolidated=False)
        for depth in lost:
            group["status"][:, depth] = np.full((2, 1), "")
            group["x"][:, depth] = np.full((2, 1, 10), 7.0)
        assert same_but_for_the_clock(rl.study(wide(), store=target), undisturbed)

    @settings(max_examples=8)
    @given(st.sets(st.tuples(st.integers(0, 1), st.integers(0, 2))))
    def test_any_cells_that_are_lost_are_computed_anew(self, wide, one_by_one, lost):
        target, first = one_by_one
        group = zarr.open_group(target, mode="r+", zarr_format=2, use_consolidated=False)
        for seed, depth in lost:
            group["status"][seed, depth, 0] = ""
        second = rl.study(wide(batch=1), store=target)
        assert second.drop_vars(["run_s", "compile_s"]).identical(first.drop_vars(["run_s", "compile_s"]))


def broken_off(configuration, target, number, failure):
    """A study that ends at a write; whether it came so far."""
    with failing_write(failure, number) as writes:
        try:
            rl.study(configuration, store=target)
        except (KilledError, StudyStoreError):
            return True
    return len(writes) > number


class TestInterruption:
    def resume_after(self, number, configuration, folder, wanted, before):
        """Whether the study was broken off at this write; gone on with, it is as if it had not been."""
        folder.mkdir()
        target = folder / "s"
        if before is not None:
            shutil.copytree(before, target)
        was_broken_off = broken_off(configuration, target, number, KilledError())
        if (target / "status").exists():
            # What a process leaves that is killed while it writes a file.
            (target / "status" / "0.0.0.1234.partial").write_bytes(b"half")
        found = rl.study(configuration, store=target)
        seconds = ["run_s", "compile_s"]
        assert found.drop_vars(seconds).identical(wanted.drop_vars(seconds))
        assert [path.name for path in folder.iterdir()] == ["s"]
        assert not [name for name in files(target) if name.endswith(".partial")]
        return was_broken_off

    def every(self, configuration, tmp_path, wanted, before=None):
        number = 0
        while self.resume_after(number, configuration, tmp_path / str(number), wanted, before):
            number += 1
        assert number > 60  # the arrays and what is in them

    @pytest.mark.parametrize("number", [0, 5, 40, 80, 120])
    def test_at_some_writes(self, wide, tmp_path, undisturbed, number):
        assert self.resume_after(number, wide(), tmp_path / "killed", undisturbed, None)

    @pytest.mark.slow
    def test_at_every_write(self, wide, tmp_path, undisturbed):
        self.every(wide(), tmp_path, undisturbed)

    @pytest.mark.parametrize("number", [0, 50, 90, 130])
    def test_at_some_writes_while_the_grid_grows(self, wide, tmp_path, grown, number):
        before, wanted = grown
        assert self.resume_after(number, wide(seeds={"count": 3}, batch=1), tmp_path / "killed", wanted, before)

    @pytest.mark.slow
    def test_at_every_write_while_the_grid_grows(self, wide, tmp_path, grown):
        before, wanted = grown
        self.every(wide(seeds={"count": 3}, batch=1), tmp_path, wanted, before)

    @pytest.mark.parametrize("moment", ["before the first rename", "between the renames", "after both"])
    def test_while_a_grown_grid_takes_its_place(self, wide, tmp_path, monkeypatch, moment, computed):
        target = tmp_path / "s"
        rl.study(wide(), store=target)
        calls, rename = [], type(target).rename

        def broken(self, other):
            calls.append(other)
            if len(calls) == {"before the first rename": 1, "between the renames": 2}.get(moment, 3):
                raise KilledError
            return rename(self, other)

        def remove(folder, *rest, **options):
            if moment == "after both" and folder.name.endswith("former"):
                raise KilledError
            return original(folder, *rest, **options)

        original = shutil.rmtree
        with monkeypatch.context() as patch:
            patch.setattr(type(target), "rename", broken)
            patch.setattr(shutil, "rmtree", remove)
            with pytest.raises(KilledError):
                rl.study(wide(seeds={"count": 3}), store=target)
        computed.clear()
        found = rl.study(wide(seeds={"count": 3}), store=target)
        assert len(computed) == 3
        assert (found.status == "CONVERGED").all()
        assert [path.name for path in tmp_path.iterdir()] == ["s"]

    def test_a_full_disk(self, wide, tmp_path, undisturbed, same_but_for_the_clock):
        with open_store(tmp_path / "s", layout_of(wide())):
            pass
        with (
            failing_write(OSError(28, "No space left on device"), 30),
            pytest.raises(StudyStoreError, match=r"No space left on device.*What was written before is whole") as told,
        ):
            rl.study(wide(), store=tmp_path / "s")
        assert "give the same command again" in str(told.value)
        stored = read_store(tmp_path / "s")
        there = (stored.status != "").values
        assert 0 < there.sum() < 6
        assert np.array_equal(stored.x.values[there], undisturbed.x.values[there])
        assert same_but_for_the_clock(rl.study(wide(), store=tmp_path / "s"), undisturbed)

    def test_a_disk_that_is_full_from_the_start(self, wide, tmp_path):
        with (
            failing_write(OSError(28, "No space left on device"), 3),
            pytest.raises(StudyStoreError, match=r"cannot write to .*No space left on device"),
        ):
            rl.study(wide(), store=tmp_path / "a" / "s")
        assert (rl.study(wide(), store=tmp_path / "a" / "s").status == "CONVERGED").all()
        assert files(tmp_path)[0] == "a"
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["s"]

    def test_the_store_is_removed_while_it_is_filled(self, wide, tmp_path):
        def remove(label, done, total):
            shutil.rmtree(tmp_path / "s")

        with pytest.raises(StudyStoreError, match="cannot write to"):
            rl.study(wide(), remove, store=tmp_path / "s")


class TestOtherPeoplesFiles:
    def test_two_commands_on_one_store(self, wide, tmp_path):
        with (
            open_store(tmp_path / "s", layout_of(wide())),
            pytest.raises(StudyStoreError, match=r"another command is writing to .*wait until it has ended"),
        ):
            rl.study(wide(), store=tmp_path / "s")
        assert (rl.study(wide(), store=tmp_path / "s").status == "CONVERGED").all()

    def test_two_commands_of_which_one_lets_the_grid_grow(self, wide, tmp_path):
        rl.study(wide(), store=tmp_path / "s")
        with (
            open_store(tmp_path / "s", layout_of(wide(seeds={"count": 3}))),
            pytest.raises(StudyStoreError, match="another command"),
        ):
            rl.study(wide(seeds={"count": 3}), store=tmp_path / "s")

    @pytest.mark.parametrize("name", ["thesis.tex", ".zgroup", "clock", "x"])
    def test_a_folder_with_other_content_is_left_alone(self, wide, tmp_path, name):
        (tmp_path / "s" / name).mkdir(parents=True)
        (tmp_path / "s" / name / "mine").write_text("mine")
        before = files(tmp_path)
        with pytest.raises(StudyStoreError, match="a folder with other content; name a store that does not exist yet"):
            rl.study(wide(), store=tmp_path / "s")
        assert files(tmp_path) == before

    def test_so_is_a_store_of_something_else(self, wide, tmp_path):
        xr.Dataset({"x": ("k", np.arange(3.0))}).to_zarr(tmp_path / "s", zarr_format=2, consolidated=True)
        before = files(tmp_path)
        with pytest.raises(StudyStoreError, match="holds no study"):
            rl.study(wide(), store=tmp_path / "s")
        assert files(tmp_path) == before

    def test_a_file_in_the_way(self, wide, tmp_path):
        (tmp_path / "s").write_text("mine")
        for target in (tmp_path / "s", tmp_path / "s" / "below"):
            with pytest.raises(StudyStoreError, match=r"cannot write to .*name a folder that can be written"):
                rl.study(wide(), store=target)
        assert (tmp_path / "s").read_text() == "mine"

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_is_read_only(self, wide, tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(StudyStoreError, match="Permission denied"):
            rl.study(wide(), store=tmp_path / "s")
        tmp_path.chmod(0o700)

    def test_a_folder_that_cannot_be_made(self, wide, tmp_path, monkeypatch):
        def refusing(self, *rest, **options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(tmp_path), "mkdir", refusing)
        with pytest.raises(StudyStoreError, match=r"cannot write to .*s \(Permission denied\); name a folder"):
            rl.study(wide(), store=tmp_path / "s")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [None, {}, {"a": "b"}, {".zmetadata": "{"}, {".zgroup": "{}"}], ids=str)
    def test_what_is_no_study_is_not_read(self, tmp_path, content):
        if content is not None:
            (tmp_path / "s").mkdir()
            for name, text in content.items():
                (tmp_path / "s" / name).write_text(text)
        with pytest.raises(StudyStoreError, match="holds no study; pass the folder"):
            read_store(tmp_path / "s")
