"""What is remembered between two openings of the console, for each user: an ini file where the system keeps such files.

Owns the names of settings that only the app uses; what the operator sets is named in widgets/parts/setting_names.py.
Must not hold anything of a run, nor a token.
"""

from __future__ import annotations

import getpass

from PySide6.QtCore import QSettings

from widgets.parts.setting_names import OPERATOR

EXPERIMENT = "start/experiment"
OWN_ENGINE = "engine/instance"


USUAL = "Greenroom"
DEMO = "Greenroom demo"  # so that a demonstration moves nothing in the window that people work with


def open_settings(name: str = USUAL) -> QSettings:
    """This user's settings; `name` is the file's."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Greenroom", name)


def text(settings: QSettings, name: str, default: str = "") -> str:
    """A setting as text; whatever else somebody wrote into the file counts as not set."""
    value = settings.value(name, default)
    return value if isinstance(value, str) else default


def operator_name(settings: QSettings) -> str:
    """Who the log says it was: the name in the settings, else the one this user logged in with."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user id without a name
        user = "operator"
    return text(settings, OPERATOR) or user
