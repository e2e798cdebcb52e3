"""What every section of every paper must keep to."""

import math

import pytest


@pytest.fixture(scope="session")
def keeps_the_laws_of_sections():
    """Section ↦ None, or the assertion that it breaks."""

    def check(section):
        assert section.name
        assert section.title
        assert len(section.paragraph) > 100
        assert section.claims
        assert section.figures or section.tables
        assert len({claim.statement for claim in section.claims}) == len(section.claims)
        for claim in section.claims:
            assert math.isfinite(claim.expected)
            assert claim.tolerance >= 0
            assert claim.band is None or claim.band[0] <= claim.band[1]
        for table in section.tables:
            assert table.rows
            assert {len(row) for row in table.rows} == {len(table.header)}
        for figure in section.figures:
            _check_figure(figure)

    return check


def _check_figure(figure):
    kinds = {curve.kind for curve in figure.curves}
    assert "measured" in kinds, figure.title
    # What has no prediction says so.
    assert "predicted" in kinds or "predict" in figure.paragraph, figure.title
    assert len(figure.paragraph) > 40
    assert figure.x_label
    assert figure.y_label
    measured = [curve.label for curve in figure.curves if curve.kind == "measured"]
    # The report has six colours and marks: a seventh curve would look like the first.
    assert len(set(measured)) == len(measured) <= 6
    for curve in figure.curves:
        assert curve.x.shape == curve.y.shape
