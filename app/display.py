"""Whether there is a screen to draw on.

Owns the question and the sentence for no. Must not import Qt, which ends the program by itself where there is none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from app.exits import NO_DISPLAY, Failure

DISPLAY_FREE_PLATFORMS = ("offscreen", "minimal", "vnc", "eglfs", "linuxfb", "vkkhrdisplay", "minimalegl")


def need_display(instead: str) -> None:
    """Raise Failure where no window can be opened; `instead` is a sentence on what can be done without one."""
    if has_display(sys.platform, os.environ):
        return
    raise Failure(
        NO_DISPLAY,
        "There is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set. Start it from the "
        f"desktop, or connect with a display (ssh -X). {instead}".strip(),
    )


def has_display(platform: str, environment: Mapping[str, str]) -> bool:
    """Windows and macOS always have one."""
    if platform in ("win32", "darwin"):
        return True
    if environment.get("QT_QPA_PLATFORM", "").partition(":")[0] in DISPLAY_FREE_PLATFORMS:
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
