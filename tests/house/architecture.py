"""The table of rooms in docs/architecture.md; run as a module, this rewrites it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "architecture.md"
FLOORS = ("features", "training", "serving")
BEGIN, END = "<!-- rooms -->", "<!-- end of rooms -->"
UNTOLD = {"migrations", "versions", "templates", "static", "__pycache__"}


def table() -> str:
    """Every room with the question it answers, as its own ``__init__.py`` says it."""
    lines = []
    for floor in FLOORS:
        lines += [
            "",
            f"### {floor}/",
            "",
            _question(ROOT / floor),
            "",
            "| room | answers | files |",
        ]
        lines.append("|---|---|---|")
        for room in sorted(p for p in (ROOT / floor).rglob("*") if p.is_dir()):
            if UNTOLD & set(room.parts) or not (room / "__init__.py").exists():
                continue
            files = [p.stem for p in sorted(room.glob("*.py")) if p.stem != "__init__"]
            name = room.relative_to(ROOT / floor)
            lines.append(f"| `{name}/` | {_question(room)} | {', '.join(files)} |")
    return "\n".join(lines) + "\n"


def told() -> str:
    """The table as the document has it."""
    return DOCUMENT.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def _question(room: Path) -> str:
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    first = (ast.get_docstring(tree) or "").split("\n\n")[0]
    return " ".join(first.split())


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}", encoding="utf-8")
