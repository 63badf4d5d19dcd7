"""Arrays of the results: their types, and copies that cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def frozen(values: ArrayLike, dtype: type | None = None) -> NDArray[Any]:
    """Return a read-only copy of ``values`` as an array of ``dtype``."""
    array = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array
