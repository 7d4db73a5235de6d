"""The array types that many rooms name.

Why they stand alone: a module that needs nothing but a type is not made to import the module that
computes with it.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
"""Numbers of any unit, NaN where there is none."""

IntArray = npt.NDArray[np.int64]
"""Positions, counts and codes."""

BoolArray = npt.NDArray[np.bool_]
"""A mask."""

SecondArray = npt.NDArray[np.int64]
"""Whole seconds since 1970-01-01 UTC."""
