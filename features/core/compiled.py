"""A function compiled at its first call: commands that never call it need no compiler.

numba costs a quarter of a second and 60 MB to import. Nearly everything reads the lead definition,
which knows the features, which know the kernels; `awase release list` calls none of them.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast

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
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the machine code."""
        return self._machine_code(*args, **kwargs)

    @cached_property
    def plain(self) -> Callable[P, R]:
        """The same function in Python: for so few numbers that a compiler takes longer to load."""
        return self._calling(lambda called: called.plain)

    @cached_property
    def _machine_code(self) -> Callable[P, R]:
        import numba

        # numba looks the functions that this one calls up by name, and knows only its own kind.
        function = self._calling(lambda called: called._machine_code)
        code: Callable[P, R] = numba.njit(cache=True, nogil=True)(function)
        return code

    def _calling(self, form: "Callable[[Compiled[..., Any]], Any]") -> Callable[P, R]:
        """The function, with the compiled functions that it calls in some form."""
        names, code = self._function.__globals__, self._function.__code__
        called = {name: names[name] for name in code.co_names if name in names}
        formed = {n: form(one) for n, one in called.items() if isinstance(one, Compiled)}
        return cast(Callable[P, R], FunctionType(code, names | formed))
