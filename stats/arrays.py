"""Arrays of the results: their types, and copies that cannot be written."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Limits = tuple[Floats, Floats]
"""Lower and upper confidence limits, of one shape."""


def frozen(values: ArrayLike, dtype: type | None = None) -> NDArray[Any]:
    """Return a read-only copy of ``values`` as an array of ``dtype``."""
    array = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array
