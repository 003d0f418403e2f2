"""Maps on paper: values to 0..1, onto the picture, into colour, over the photo. Twin: assets/web/heat.js."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def spread(values: Floats, low: float, high: float) -> Floats:
    """Stretch `low`..`high` to 0..1, clipped; an empty range gives zeros. A value that is no number counts as `low`.

    >>> spread(np.array([1.0, 2.0, 3.0]), 1.0, 3.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if not high > low:
        return np.zeros(values.shape)
    return np.clip(np.nan_to_num((values - low) / (high - low), nan=0.0), 0.0, 1.0)
