import numpy as np
import pytest


@pytest.fixture
def sparse_data():
    """More features than samples, five of them with an effect, and noise."""
    rng = np.random.default_rng(20)
    X = rng.standard_normal((30, 80))
    coefficients = np.zeros(80)
    coefficients[:5] = [3.0, -2.0, 1.0, -1.0, 2.0]
    return X, X @ coefficients + 0.3 * rng.standard_normal(30) + 4.0
