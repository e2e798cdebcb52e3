"""A small study that tests change."""

import pytest


@pytest.fixture(scope="session")
def small():
    """Keys of the configuration ↦ a small study with them; those of "problem" and of one `runs` table are added to."""

    def make(problem=None, network="Difference", init=None, methods=("limit",), zip_=(), **keys):
        runs = {"network": network, "init": init or {"name": "Constant", "scale": 0.1}, "methods": list(methods)}
        if zip_:
            runs["zip"] = zip_
        drawn = {"name": "GaussianSparse", "equations": 5, "unknowns": 10, "nonzeros": 1}
        return {"problem": {**drawn, **(problem or {})}, "runs": [runs], **keys}

    return make


@pytest.fixture(scope="session")
def same_but_for_the_clock():
    """(dataset, dataset) ↦ whether all but seconds is the same, to the last bit."""

    def compare(first, second):
        seconds = ["run_s", "compile_s"]
        return first.drop_vars(seconds).identical(second.drop_vars(seconds))

    return compare
