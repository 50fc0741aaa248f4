"""Draw docs/architecture.svg from the imports, and print tables of them.

`python -m scripts.architecture` writes the picture and the table of rooms in docs/architecture.md.
A room is a sub-package, or a module beside them. Rows are the layers of the import contracts in
pyproject.toml; an arrow against them is drawn in red, and the command ends with status 1.

`python -m scripts.architecture --figures [REVISION]` prints files per folder and arrows between
rooms, of the working tree or of a revision of git.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import grimp

from scripts.layers import Arrow, Box, Spot, arrange

ROOT = Path(__file__).parents[1]
PICTURE, PAGE = ROOT / "docs" / "architecture.svg", ROOT / "docs" / "architecture.md"
PACKAGES = ("flows", "templates", "transforms", "warehouse")
TABLE = re.compile(r"(<!-- rooms -->\n).*?(<!-- end of rooms -->)", re.DOTALL)

WIDTH, HEIGHT, MARGIN, TITLE = 1000, 700, 12, 34
# Left, top, width and height of a package in the picture: arrows go right and down.
FRAMES = {
    "flows": (12, 12, 410, 676),
    "templates": (474, 12, 240, 288),
    "transforms": (474, 354, 240, 334),
    "warehouse": (766, 12, 222, 676),
}
STYLE = """
svg { --paper: #ffffff; --band: #f3f5f7; --box: #ffffff; --rim: #b8c1ca; --ink: #1f2933;
      --pale: #66727f; --line: #7b8794; --flow: #2f6f9f; --wrong: #c0392b;
      font-family: "DejaVu Sans", Verdana, sans-serif; font-size: 11.5px }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --band: #161b22; --box: #21262d; --rim: #3d444d; --ink: #e6edf3;
        --pale: #9198a1; --line: #7d8590; --flow: #58a6ff; --wrong: #ff7b72 } }
.paper { fill: var(--paper) } .band { fill: var(--band) } .ink { fill: var(--ink) }
.box { fill: var(--box); stroke: var(--rim) } .pale { fill: var(--pale) }
.title { fill: var(--ink); font-size: 14px; font-weight: bold }
.arrow { fill: none; stroke: var(--line) } .flow { fill: none; stroke: var(--flow) }
.wrong { fill: none; stroke: var(--wrong) } .tip { fill: var(--line) }
.flowtip { fill: var(--flow) } .wrongtip { fill: var(--wrong) }
"""
HOLDS = {
    "flows": "network, clock, mail",
    "templates": "pages",
    "transforms": "metrics, facts",
    "warehouse": "data",
}


@dataclass(frozen=True)
class House:
    """The rooms, their files, and how often the files of one import those of another."""

    files: dict[str, int]
    imports: Counter[tuple[str, str]]
    rows: dict[str, list[list[str]]]
    """Of each package, its layers from above: rooms by their full names."""

    @property
    def upwards(self) -> list[tuple[str, str]]:
        """Arrows that break the order of the layers, or join two rooms of one layer."""
        height = {
            room: (PACKAGES.index(package), level)
            for package, rows in self.rows.items()
            for level, row in enumerate(rows)
            for room in row
        }
        return sorted(pair for pair in self.imports if height[pair[1]] <= height[pair[0]])


def room_of(module: str) -> str:
    """The room of a module."""
    return ".".join(module.split(".")[:2])


def imports_between_rooms(graph: grimp.ImportGraph) -> Counter[tuple[str, str]]:
    """How many imports lead from the modules of one room to those of another."""
    return Counter(
        (room_of(module), room_of(imported))
        for module in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(module))
        if room_of(module) != room_of(imported) and not {module, imported} & set(PACKAGES)
    )


def contracts() -> list[dict[str, list[str]]]:
    """The import contracts of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    return list(tomllib.loads(text)["tool"]["importlinter"]["contracts"])


def house() -> House:
    """The rooms as the source has them now; what contracts ignore is no arrow."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    layered = [one for one in contracts() if one.get("containers")]
    for one in layered:
        for ignored in one.get("ignore_imports", []):
            importer, imported = ignored.split(" -> ")
            graph.remove_import(importer=importer, imported=imported)
    rows = {
        one["containers"][0]: [
            [f"{one['containers'][0]}.{name}" for name in re.split(r" [|:] ", layer)]
            for layer in one["layers"]
        ]
        for one in layered
    }
    files = Counter(room_of(m) for m in graph.modules if m not in PACKAGES)
    packages = {room for room in files if (ROOT / room.replace(".", "/")).is_dir()}
    return House(
        {room: n - (room in packages) for room, n in files.items()},
        imports_between_rooms(graph),
        rows,
    )


def picture(it: House) -> str:
    """The picture as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Rooms of the project and the imports between them</title>",
        f"<style>{STYLE}</style><defs>",
        *(tip(name) for name in ("tip", "flowtip", "wrongtip")),
        f'</defs><rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
    ]
    for package in PACKAGES:
        parts += band(it, package)
    parts += between_packages(it)
    return "\n".join([*parts, "</svg>", ""])


def tip(name: str) -> str:
    """The head of an arrow, of one size whatever the width of its line."""
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="{name}" d="M0 0.8 8 4 0 7.2z"/></marker>'
    )


def band(it: House, package: str) -> list[str]:
    """One package: its frame, its rooms in rows, and the arrows between them."""
    left, top, width, height = FRAMES[package]
    label, note = package, HOLDS[package]
    rows = [
        [Box(room, room.partition(".")[2], it.files[room]) for room in row]
        for row in it.rows[package]
    ]
    inside = {p: n for p, n in it.imports.items() if {r.split(".")[0] for r in p} == {package}}
    wrong = set(it.upwards)
    spots, arrows = arrange(
        rows,
        [Arrow(a, b, n) for (a, b), n in inside.items() if (a, b) not in wrong],
        (left, top + TITLE, width, height - TITLE),
    )
    return [
        f'<rect class="band" x="{left}" y="{top}" width="{width}" height="{height}" rx="6"/>',
        (
            f'<text class="title" x="{left + MARGIN}" y="{top + 22}">{label}'
            f'<tspan class="pale" font-size="11" font-weight="normal" dx="8">{note}</tspan></text>'
        ),
        *(curve(points, "arrow", "tip", thickness(n)) for points, n in arrows),
        *(
            curve([spots[a].below, spots[b].above], "wrong", "wrongtip", thickness(inside[a, b]))
            for a, b in it.upwards
            if (a, b) in inside
        ),
        *(line for spot in spots.values() for line in drawn(spot)),
    ]


def thickness(imports: int) -> float:
    """Of a line, by the number of imports for which it stands: 1 is thin, 100 is 4."""
    return round(0.8 + 0.48 * (imports.bit_length() - 1), 2)


def curve(points: Sequence[tuple[float, float]], kind: str, head: str, width: float) -> str:
    """A line through points, vertical at each of them."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (y0 + y1) / 2
        path += f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    return f'<path class="{kind}" stroke-width="{width}" marker-end="url(#{head})" d="{path}"/>'


def drawn(spot: Spot) -> list[str]:
    """A room: its name, and how many files it has if it is a folder."""
    count = f'<tspan class="pale" font-size="9.5" dx="4">{spot.box.files}</tspan>'
    return [
        (
            f'<rect class="box" x="{spot.x - spot.box.width / 2:.1f}" y="{spot.top:.1f}" '
            f'width="{spot.box.width:.1f}" height="{spot.height}" rx="4"/>'
        ),
        (
            f'<text class="ink" text-anchor="middle" x="{spot.x:.1f}" y="{spot.top + 15:.1f}">'
            f"{spot.box.label}{count if spot.box.files > 1 else ''}</text>"
        ),
    ]


def between_packages(it: House) -> list[str]:
    """Arrows from package to package, each with the number of its imports."""
    total: Counter[tuple[str, str]] = Counter()
    for (importer, imported), n in it.imports.items():
        total[importer.split(".")[0], imported.split(".")[0]] += n
    lines = {
        ("flows", "templates"): ((422, 156), (474, 156)),
        ("flows", "transforms"): ((422, 521), (474, 521)),
        ("flows", "warehouse"): ((422, 327), (766, 327)),
        ("templates", "transforms"): ((594, 300), (594, 354)),
        ("templates", "warehouse"): ((714, 156), (766, 156)),
        ("transforms", "warehouse"): ((714, 521), (766, 521)),
    }
    parts = []
    for pair, ((x0, y0), (x1, y1)) in lines.items():
        upright = x0 == x1
        x, y = (x0 + 8, y0 + 17) if upright else (x0 + 24, y0 - 7)
        anchor = "start" if upright else "middle"
        parts.append(
            f'<path class="flow" stroke-width="{thickness(total[pair])}" '
            f'marker-end="url(#flowtip)" d="M{x0} {y0}L{x1 - 1 * (not upright)} {y1}"/>'
            f'<text class="pale" font-size="10.5" text-anchor="{anchor}" x="{x}" y="{y}">'
            f"{total[pair]}</text>"
        )
    return parts


def table(it: House) -> str:
    """The rooms, what each holds and how many files; and in a second table whom they import."""
    rooms = [room for package in PACKAGES for row in it.rows[package] for room in row]
    paths = {room: path_of(room) for room in rooms}
    lines = ["| room | what it holds | files |", "|---|---|--:|"]
    lines += [f"| `{paths[r]}` | {purpose(paths[r])} | {it.files[r]} |" for r in rooms]
    lines += ["", "<details><summary>Every arrow, with the number of imports</summary>", ""]
    lines += ["| room | imports from |", "|---|---|"]
    for room in rooms:
        own = f"{room.split('.')[0]}."
        heads = sorted((-n, head) for (tail, head), n in it.imports.items() if tail == room)
        if heads:
            shown = ", ".join(f"{head.removeprefix(own)} {-n}" for n, head in heads)
            lines.append(f"| {room} | {shown} |")
    return "\n".join([*lines, "", "</details>", ""])


def path_of(room: str) -> str:
    """The folder or file of a room."""
    path = room.replace(".", "/")
    return f"{path}/" if (ROOT / path).is_dir() else f"{path}.py"


def purpose(name: str) -> str:
    """The first paragraph of a room's docstring."""
    file = ROOT / name / "__init__.py" if name.endswith("/") else ROOT / name
    said = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split())


def figures(root: Path) -> str:
    """Files per folder, and arrows between rooms with those that stand in a cycle."""
    lines = ["files  folder"]
    for package in PACKAGES:
        folders = Counter(f.parent.relative_to(root) for f in (root / package).rglob("*.py"))
        lines += [f"{n:5}  {folder}" for folder, n in sorted(folders.items())]
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    for package in PACKAGES:
        pairs = {
            pair
            for pair in imports_between_rooms(graph)
            if {room.split(".")[0] for room in pair} == {package}
        }
        circle = in_cycles(pairs)
        rooms = {room_of(m) for m in graph.modules if m.startswith(f"{package}.")}
        lines.append(
            f"{package}: {len(rooms)} rooms, {len(pairs)} arrows between them, "
            f"{len(circle)} of them in cycles"
        )
    return "\n".join(lines)


def in_cycles(pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows from whose head a way leads back to their tail."""
    onward: dict[str, set[str]] = defaultdict(set)
    for tail, head in pairs:
        onward[tail].add(head)

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            new = onward.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    return {(tail, head) for tail, head in pairs if tail in reached(head)}


def written(it: House) -> dict[Path, str]:
    """The documents that follow from the imports."""
    page = PAGE.read_text("utf-8")
    return {PICTURE: picture(it), PAGE: TABLE.sub(lambda m: m[1] + table(it) + m[2], page)}


def main() -> int:
    """The command; its status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--figures", nargs="?", const="", metavar="REVISION")
    asked = parser.parse_args().figures
    if asked is not None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) if asked else ROOT
            if asked:
                packed = subprocess.run(
                    ["git", "archive", asked, *PACKAGES], cwd=ROOT, check=True, capture_output=True
                )
                with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
                    archive.extractall(root, filter="data")
            sys.path.insert(0, str(root))
            print(figures(root))
        return 0
    it = house()
    for file, text in written(it).items():
        file.write_text(text, "utf-8")
    for importer, imported in it.upwards:
        print(f"{importer} imports {imported}, against the layers of pyproject.toml")
    return 1 if it.upwards else 0


if __name__ == "__main__":
    sys.exit(main())
