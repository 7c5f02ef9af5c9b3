"""Dialogs as something a coroutine can wait for.

Owns the bridge from a signal to a future. Must not use `exec()`: inside a coroutine it stops the
other tasks (DESIGN §6).
"""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtCore import SignalInstance


async def first_of(*signals: SignalInstance) -> Any:
    """What the first of these signals to be emitted says (None for one without a value); later ones count for nothing.

    Nothing is disconnected: by then Qt may have deleted the dialog.
    """
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def emitted(*values: Any) -> None:
        if not future.done():
            future.set_result(values[0] if values else None)

    for signal in signals:
        signal.connect(emitted)
    return await future
