"""What a command declares, without what it does: its help answers before its packages are there.

A command's file imports what the command works with; for ``--help`` that is seconds of waiting for
a signature and a docstring. Here the file is read without the bodies of its commands, and imports
nothing that only they use. A test holds every help against that of the command itself.
"""

import ast
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import typer


def load_declared(name: str) -> ModuleType:
    """Load a command's module for its help alone.

    Parameters
    ----------
    name : str
        Full name of a module with an ``app``.

    Returns
    -------
    ModuleType
        Its commands end in a :class:`typer.BadParameter` when they are run.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name=name)
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    module = ModuleType(name)
    module.__dict__["_refuse"] = _refuse
    exec(compile(_declarations(tree), spec.origin, "exec"), module.__dict__)
    return module


def _refuse() -> None:
    msg = "--help is asked for by itself; as the value of an option write it after =."
    raise typer.BadParameter(msg)


def _declarations(tree: ast.Module) -> ast.Module:
    """A module's commands and calls, and of all else what they need, in its order."""
    kept: set[ast.stmt] = {node for node in tree.body if isinstance(node, ast.Expr)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (role := _role(node)):
            kept.add(node)
            if role == "command":
                documented = node.body[: ast.get_docstring(node) is not None]
                node.body = [*documented, *ast.parse("_refuse()").body]
    needed = {"app"}
    while True:
        needed |= {
            name.id for node in kept for name in ast.walk(node) if isinstance(name, ast.Name)
        }
        more = {node for node in tree.body if _bound(node) & needed} - kept
        if not more:
            break
        kept |= more
    for node in kept:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [alias for alias in node.names if _bound_by(alias) in needed]
    return ast.Module([node for node in tree.body if node in kept], type_ignores=[])


def _role(function: ast.FunctionDef) -> str | None:
    """What an app takes a function for: a command or the callback before all; None if neither."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
            return decorator.func.attr
    return None


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement gives a meaning."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {_bound_by(alias) for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {
        name.id
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }


def _bound_by(alias: ast.alias) -> str:
    return (alias.asname or alias.name).partition(".")[0]
