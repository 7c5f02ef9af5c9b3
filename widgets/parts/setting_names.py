"""What the settings are called that each operator may set for themselves.

Owns these names. Values: sound and notify are booleans (true if not set), quiet hours `HH:MM` (empty: none), the folder
a path (empty: as the experiment file says), the name a text (empty: as the user is logged in). Must not read any.
"""

from __future__ import annotations

from typing import Final

OPERATOR: Final = "operator/name"
THEME: Final = "window/theme"
PRIVATE: Final = "window/private"
SOUND: Final = "alerts/sound"
NOTIFY: Final = "alerts/notify"
QUIET_FROM: Final = "alerts/quiet_from"
QUIET_UNTIL: Final = "alerts/quiet_until"
LOGS_FOLDER: Final = "logs/folder"
TIME_FORMAT: Final = "HH:mm"
