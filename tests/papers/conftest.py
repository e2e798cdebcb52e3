"""What the tests of papers share: the experiments of a module, each run once, and the claims that do not come out."""

from dataclasses import replace

import pytest


@pytest.fixture(scope="module")
def computed(request):
    """What the experiments of the module's SECTIONS gave within its BUDGET, by name."""
    asked = request.module
    return {name: experiment.run(asked.BUDGET, print) for name, experiment in asked.SECTIONS.items()}


@pytest.fixture(scope="session")
def failed():
    """Section, or some claims ↦ the statements of those whose measured number is off, whatever its band."""

    def statements(section):
        return [claim.statement for claim in getattr(section, "claims", section) if replace(claim, band=None).failed]

    return statements
