"""A function compiled at its first call: commands that never call it need no compiler.

numba costs a quarter of a second and 60 MB to import. Nearly everything reads the lead definition,
which knows the features, which know the kernels; `awase release list` calls none of them.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Compiled(Generic[P, R]):
    """A function of arrays and numbers that numba compiles at its first call.

    The machine code is kept beside the file and lets other threads run meanwhile.

    Parameters
    ----------
    function : callable
        In numba's subset of Python; it may call other compiled functions by name.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._machine_code: Callable[P, R] | None = None
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the machine code."""
        return (self._machine_code or self._compile())(*args, **kwargs)

    def _compile(self) -> Callable[P, R]:
        import numba

        self._machine_code = code = numba.njit(cache=True, nogil=True)(self._function)
        # numba looks the functions that this one calls up by name, and knows only its own kind.
        names = self._function.__globals__
        for name, value in tuple(names.items()):
            if isinstance(value, Compiled):
                names[name] = value._machine_code or value._compile()
        return code
