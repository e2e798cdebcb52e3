"""`rl.study`: what is computed in which order, and what is told meanwhile."""

import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.studies import executors, make_plan, read_configuration
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.run import _Queue, compute_missing
from ridgeless.studies.store import memory_store

TRAINED = ["GradientDescent", "limit"]


@pytest.fixture(scope="module")
def configuration(small):
    methods = [{"flow": "GradientDescent", "max_steps": 5}, "limit"]
    return small(methods=methods, seeds={"count": 4}, batch=2)


def test_progress_tells_what_has_ended(configuration):
    told = []
    rl.study(configuration, lambda *what: told.append(what))
    assert [(done, total) for _, done, total in told] == [(2, 8), (4, 8), (6, 8), (8, 8)]
    assert told[0][0] == "Difference from Constant scale=0.1, seed 1: limit"
    assert told[-1][0].endswith("GradientDescent max_steps=5")


def test_limits_end_before_the_trainings_that_are_measured_against_them(configuration):
    found = rl.study(configuration)
    assert found.distance.sel({"method": "GradientDescent"}).notnull().all()


def test_what_is_told_when_a_chunk_has_been_written(configuration):
    layout, seen = make_layout(make_plan(read_configuration(configuration))), []
    with memory_store(layout) as store:
        where = executors.InProcess()
        done = compute_missing(store, where, watch=lambda: seen.append(int((store.dataset().status != "").sum())))
        assert done == 8
        assert compute_missing(store, where) == 0
    assert seen == [2, 4, 6, 8]


def test_the_same_seed_gives_the_same_bits(configuration, same_but_for_the_clock):
    assert same_but_for_the_clock(rl.study(configuration), rl.study(configuration))


def test_cells_know_their_company(configuration):
    found = rl.study(configuration).sel({"method": "limit"})
    assert list(found.lane.values) == [0, 1, 0, 1]
    company = list(found.company.values)
    assert company[0] == company[1] == found.address.values[0] != company[2] == company[3]


def test_objects_and_names_give_the_same_numbers(small):
    by_name = rl.study(small(network={"name": "Difference", "depth": 3}, methods=["limit", "lazy_limit"]))
    as_objects = rl.study(
        small(network=rl.networks.Difference(3), init=rl.inits.Constant(0.1), methods=["limit", "lazy_limit"])
    )
    assert by_name.x.identical(as_objects.x.assign_coords(network=by_name.network, init=by_name.init))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"workers": 0}, "study: workers = 0; type a whole number of at least 1"),
        ({"workers": 2, "scheduler": "tcp://here:1"}, "leave one out"),
    ],
    ids=str,
)
def test_refusals_of_workers(configuration, options, text):
    with pytest.raises(InvalidInputError, match="study: ") as refusal:
        rl.study(configuration, **options)
    assert text in str(refusal.value)


def test_nobody_answers_at_the_address(configuration):
    with pytest.raises(rl.RidgelessError, match="study: no scheduler answers at nowhere"):
        rl.study(configuration, scheduler="nowhere")


def test_a_training_is_handed_out_when_its_own_limit_has_ended(configuration):
    with memory_store(make_layout(make_plan(read_configuration(configuration)))) as store:
        queue = _Queue(store)
        assert [queue.tasks[key][0].method.name for key in queue.ready] == ["limit", "limit"]
        for key in queue.ready:
            (following,) = queue.ended(key)
            seeds = [[cell.seed for cell in queue.tasks[each]] for each in (key, following)]
            assert seeds[0] == seeds[1]
            assert queue.ended(following) == []
        assert queue.cells == 8
