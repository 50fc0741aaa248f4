"""How honest the tests are: a seeded sample of small wrongs, each run against the tests near it.

`python -m scripts.mutants --seed 1 --number 200` draws mutants of scripts/mutations.py, as many of
each area, so that each kind of wrong and each file has its chance; runs the tests that belong to
each in a copy of the project; and prints the survivors and the share that was killed. Mutants that
change nothing anyone can see are judged by hand in scripts/mutants.toml, with a reason. The same
file says which tests go with a room besides those found by path, import and name. The packages of
the lake are needed: without them its tests are skipped, and what only they see survives.

mutmut leaves decorated functions alone, which is what metrics are; cosmic-ray runs one set of tests
for all mutants. Hence a script.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from scripts.mutations import Mutant, compiles, mutants
from tests.lake.services import missing

ROOT = Path(__file__).parents[1]
AREAS = {
    "warehouse": ["warehouse/"],
    "datasets": ["warehouse/datasets/"],
    "metrics": ["transforms/metrics/", "transforms/prepared/"],
    "transforms": ["transforms/"],
    "templates": ["templates/"],
    "flows": ["flows/"],
}
EXCLUDED = ("flows/sandbox/",)  # equipment of the tests, not of the product
MOST_FILES, NEAREST = 5, 2  # of tests for a mutant; those of its room come after the nearest
# What a mutant may take: processor time, so that a busy machine changes no verdict; and a time by
# the clock at which even what only waits must end.
MOST_CPU, MOST_SECONDS = 240, 900.0
RULES = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text(encoding="utf-8"))
WORD = re.compile(r"\w+")
FAILED = re.compile(r"^(?:FAILED|ERROR) ([^\s\[]+)", re.MULTILINE)  # parameters may be sentences


@dataclass(frozen=True)
class Judged:
    """What became of a mutant, and by which tests: "killed", "survived", "equivalent", "late"."""

    mutant: Mutant
    verdict: str
    tests: tuple[str, ...]
    seconds: float = 0.0


# What is drawn


def area_of(path: str) -> str | None:
    """The area with the longest prefix of a path; None outside of the product."""
    if path.startswith(EXCLUDED):
        return None
    fitting = [(len(p), name) for name, ps in AREAS.items() for p in ps if path.startswith(p)]
    return max(fitting)[1] if fitting else None


def drawn(seed: int, number: int, only: Sequence[str]) -> list[Mutant]:
    """So many mutants, as many of each area; first a kind of wrong, then a file, then a place."""
    by_area: dict[str, dict[str, dict[str, list[Mutant]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for path in listed("*.py", "*.j2"):
        area = area_of(path)
        if area is not None and path.startswith(tuple(only)):
            for mutant in mutants(path, (ROOT / path).read_bytes()):
                by_area[area][mutant.kind][path].append(mutant)
    found = [_of_area(f"{seed} {area}", kinds) for area, kinds in sorted(by_area.items())]
    each = -(-number // len(found))
    # By turns, so that a run that is cut short has looked at every area.
    return [one for turn in islice(zip(*found, strict=True), each) for one in turn]


def _of_area(seed: str, kinds: Mapping[str, Mapping[str, list[Mutant]]]) -> Iterator[Mutant]:
    """One mutant after another, none twice; what an area draws depends on no other area."""
    chance, given = random.Random(seed), set[Mutant]()
    while True:
        files = kinds[chance.choice(sorted(kinds))]
        mutant = chance.choice(files[chance.choice(sorted(files))])
        if mutant not in given and compiles(mutant, (ROOT / mutant.path).read_bytes()):
            given.add(mutant)
            yield mutant


def listed(*patterns: str) -> list[str]:
    """The files of the project that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return sorted(name for name in found.stdout.split("\n") if name and (ROOT / name).is_file())


def equivalent(mutant: Mutant) -> bool:
    """Whether somebody has judged it: by file name, function and text, so that lines may move."""
    return any(
        mutant.path.endswith(one["file"])
        and one.get("function", mutant.function) == mutant.function
        and one["line"] in " ".join(mutant.shown((ROOT / mutant.path).read_bytes()).split())
        for one in RULES["equivalent"]
    )


# Which tests belong to it


@dataclass(frozen=True)
class Test:
    """A file of tests: its words, those of each test, and what it and its fixtures import."""

    path: str
    words: Counter[str]
    functions: dict[str, frozenset[str]]
    imports: frozenset[str]
    fixtures: frozenset[str]


@cache
def tests() -> tuple[Test, ...]:
    left_out = ("tests/lake/",) if missing() else ()  # pytest knows no test of a skipped file
    paths = [path for path in listed("tests/**/test_*.py", "tests/test_*.py") if "real" not in path]
    return tuple(_test(path) for path in paths if not path.startswith(left_out))


def _test(path: str) -> Test:
    source = (ROOT / path).read_text(encoding="utf-8")
    functions = {
        node.name: frozenset(WORD.findall(ast.get_source_segment(source, node) or ""))
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    fixtures = imported(str(Path(path).parent / "conftest.py"))
    return Test(path, Counter(WORD.findall(source)), functions, imported(path), fixtures)


@cache
def imported(path: str) -> frozenset[str]:
    """The modules that a file imports, and the names from them as if they were modules."""
    if not (ROOT / path).exists():
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return frozenset(found)


@cache
def importers(module: str) -> frozenset[str]:
    """The modules of the product that import a module."""
    paths = [path for path in listed("*.py") if area_of(path)]
    return frozenset(dotted(path) for path in paths if module in imported(path))


def dotted(path: str) -> str:
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


def related(mutant: Mutant) -> tuple[str, ...]:
    """The tests nearest to a mutant, the nearest first: whole files, or those that name it."""
    near = sorted(tests(), key=lambda test: (-nearness(mutant, test), test.path))
    files = [_of_file(mutant, test) for test in near if nearness(mutant, test) > 0]
    chosen = [nodes for nodes in files if nodes][:MOST_FILES]
    of_room = [
        path
        for room, paths in RULES["rooms"].items()
        if mutant.path.startswith(room)
        for path in paths
    ]
    if not any(of_module(mutant, test) for test in tests()):
        # What nobody tests by itself is tested through what uses it.
        chosen = [*through_users(mutant)[:NEAREST], *chosen[: MOST_FILES - NEAREST]]
    ordered = [*chosen[:NEAREST], of_room, *chosen[NEAREST:]]
    return tuple(dict.fromkeys(node for nodes in ordered for node in nodes))


def of_package(mutant: Mutant, test: Test) -> bool:
    return Path(test.path).parts[1] == Path(mutant.path).parts[0]


def of_module(mutant: Mutant, test: Test) -> bool:
    """Whether a file of tests imports a module, or bears its name in its package."""
    own = Path(test.path).stem == f"test_{stem_of(mutant.path)}"
    return (own and of_package(mutant, test)) or dotted(mutant.path) in test.imports | test.fixtures


def through_users(mutant: Mutant) -> list[list[str]]:
    """The tests of the modules that import one: whole files, the nearest first."""
    users = importers(dotted(mutant.path))
    stems = {f"test_{module.rpartition('.')[2]}" for module in users}
    weights = {
        test.path: 2 * (Path(test.path).stem in stems) + bool(users & test.imports)
        for test in tests()
        if of_package(mutant, test)
    }
    return [[p] for p in sorted(weights, key=lambda p: (-weights[p], p)) if weights[p]]


def _of_file(mutant: Mutant, test: Test) -> list[str]:
    """The tests of a file that name what is mutated; all of them in a file about its module.

    A file about a family of datasets imports many: there the tests that name one are its own.
    """
    imported, stem = dotted(mutant.path) in test.imports, stem_of(mutant.path)
    # A plain word, such as blocks, is no name of a module where others are tested.
    stems = {stem} if "_" in stem or of_package(mutant, test) else set()
    named = _naming({*stems, *names_of(mutant)}, test)
    family = mutant.path.startswith("warehouse/datasets/") and named
    subjects = Path(test.path).stem.removeprefix("test_")
    subject = subjects == stem or (of_package(mutant, test) and stem in subjects.split("_"))
    return [test.path] if subject or (imported and not family) else named


def _naming(names: set[str], test: Test) -> list[str]:
    return [f"{test.path}::{name}" for name, words in test.functions.items() if names & words]


def nearness(mutant: Mutant, test: Test) -> int:
    """By path, import, and the names of the module, the function and the metrics it declares."""
    module, stem = dotted(mutant.path), stem_of(mutant.path)
    subject = Path(test.path).stem.removeprefix("test_")
    own = of_package(mutant, test)
    weight = (40 if subject == stem else 15 * (stem in subject)) if own else 0
    weight += 25 * (module in test.imports) + 8 * (module in test.fixtures)
    weight += 5 * bool(importers(module) & test.imports)
    if "_" in stem or (own and len(stem) > 5):
        weight += 3 * min(test.words[stem], 5)
    weight += 8 * sum(min(test.words[name], 3) for name in names_of(mutant))
    if weight and Path(mutant.path).parts[:2] == Path(test.path).parts[1:3]:
        weight += 5
    return weight


def stem_of(path: str) -> str:
    """The name of a module, or of the section that a file belongs to."""
    file = Path(path)
    whole = file.name in {"__init__.py", "section.html.j2"}
    return file.parent.name if whole else file.name.partition(".")[0]


def names_of(mutant: Mutant) -> list[str]:
    """The telling names of a function, and of the metrics that it declares or serves."""
    if not mutant.path.endswith(".py"):
        return []
    parts = [part.strip("_") for part in mutant.function.split(".")]
    if mutant.path.startswith("transforms/metrics/") and mutant.function[:1] in {"", "_"}:
        parts += public(mutant.path)  # metrics are tested by name, whatever they share
    found = [*parts, *declared(mutant.path, mutant.function)]
    return [name for name in dict.fromkeys(found) if "_" in name or len(name) > 6]


@cache
def public(path: str) -> tuple[str, ...]:
    """The functions of a module that others may name."""
    body = ast.parse((ROOT / path).read_bytes()).body
    return tuple(
        one.name for one in body if isinstance(one, ast.FunctionDef) and one.name[0] != "_"
    )


@cache
def declared(path: str, function: str) -> tuple[str, ...]:
    """The strings of a function's decorators that name a metric."""
    if not path.endswith(".py"):
        return ()
    return tuple(
        one.args[0].value
        for node in ast.walk(ast.parse((ROOT / path).read_bytes()))
        if isinstance(node, ast.FunctionDef) and node.name == function
        for one in node.decorator_list
        if isinstance(one, ast.Call) and one.args
        if isinstance(one.args[0], ast.Constant) and isinstance(one.args[0].value, str)
    )


# How it is judged


class Copy:
    """A copy of the project in which one mutant at a time is tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        for name in listed():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, self.folder / name)
        # Compiled once; by content, because a mutant may be written within the clock's tick.
        compiled = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
        subprocess.run([*compiled, "."], cwd=self.folder, check=True)

    def judge(self, mutant: Mutant) -> Judged:
        """Killed by the first test that fails; late where none has by the time it may take."""
        chosen = related(mutant)
        if not chosen:
            return Judged(mutant, "survived", ())
        file = self.folder / mutant.path
        source = file.read_bytes()
        began = time.monotonic()
        try:
            file.write_bytes(mutant.applied(source))
            failed = self.failures(chosen, MOST_CPU)
        finally:
            file.write_bytes(source)
        verdict = "late" if failed is None else "killed" if failed else "survived"
        return Judged(mutant, verdict, failed or chosen, time.monotonic() - began)

    def failures(self, names: Iterable[str], cpu: int, *more: str) -> tuple[str, ...] | None:
        """The tests that fail, "all" when none could be collected; None when they took too long."""
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
        command += ["-p", "scripts.mutants_alarm", "--basetemp", str(self.folder.parent / "tmp")]
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "POLARS_MAX_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        run = subprocess.Popen(
            [*command, *(more or ["-x"]), *names],
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        resource.prlimit(run.pid, resource.RLIMIT_CPU, (cpu, cpu + 1))
        try:
            said, _ = run.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
            return None
        if run.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
            return None
        found = tuple(dict.fromkeys(FAILED.findall(said)))
        return found if found or run.returncode == 0 else ("all",)


def judged(wanted: list[Mutant], workers: int) -> Iterator[Judged]:
    """The verdicts as they come; a test that fails without any mutant kills none."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        made = [Copy(Path(folder) / str(number)) for number in range(workers)]
        for copy in made:
            copies.put(copy)

        def tried(mutant: Mutant) -> Judged:
            copy = copies.get()
            try:
                return copy.judge(mutant)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(workers) as pool:
            found = []
            for one in pool.map(tried, wanted):
                mutant = one.mutant
                place = f"{mutant.path}:{mutant.line} ({mutant.kind})"
                by = one.tests[0] if one.verdict == "killed" else ""
                print(f"{one.verdict:9} {one.seconds:5.0f} s  {place}  {by}".rstrip(), flush=True)
                if one.verdict in {"survived", "late"}:
                    print(mutant.shown((ROOT / mutant.path).read_bytes()), flush=True)
                found.append(one)
        nodes = {name for one in found if one.verdict == "killed" for name in one.tests}
        broken = (
            set(made[0].failures(sorted(nodes - {"all"}), 1800, "-q") or ()) if nodes else set()
        )
        for one in found:
            false = one.verdict == "killed" and broken.issuperset(one.tests)
            yield Judged(one.mutant, "unjudged", one.tests) if false else one


# What is printed


def report(found: list[Judged]) -> None:
    for one in found:
        if one.verdict in {"survived", "late", "unjudged"}:
            mutant = one.mutant
            print(
                f"\n{one.verdict}: {mutant.path}:{mutant.line} in {mutant.function} ({mutant.kind})"
            )
            print(mutant.shown((ROOT / mutant.path).read_bytes()))
            print(f"  tried: {' '.join(one.tests) or 'no test is near'}")
    print(f"\n{'area':12}{'killed':>8}{'of':>6}{'share':>8}{'late':>6}{'equivalent':>12}")
    for area in [*AREAS, "all"]:
        of = Counter(o.verdict for o in found if area in {"all", area_of(o.mutant.path)})
        count = of["killed"] + of["survived"]
        if of:
            share = f"{of['killed'] / count:.0%}" if count else "-"
            line = f"{area:12}{of['killed']:8}{count:6}{share:>8}{of['late']:6}"
            print(f"{line}{of['equivalent']:12}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=150)
    parser.add_argument("--only", nargs="+", default=[""], help="folders, such as flows/delivery")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="what would be tried, and by what")
    given = parser.parse_args()
    wanted = drawn(given.seed, given.number, given.only)
    known = [Judged(one, "equivalent", ()) for one in wanted if equivalent(one)]
    unknown = [one for one in wanted if not equivalent(one)]
    if given.list:
        for one in unknown:
            print(f"{one.path}:{one.line} in {one.function} ({one.kind})")
            print(one.shown((ROOT / one.path).read_bytes()))
            print("   ", " ".join(related(one)))
        return
    report([*known, *judged(unknown, given.workers)])


if __name__ == "__main__":
    main()
