"""A helper process that is asked and answers in JSON lines over stdin and stdout.

Owns starting, asking and ending such a process. Must not know what is asked. The other side: read a line
`{"id": N, "ask": NAME, …}`, write `{"id": N, "answer": …}` or `{"id": N, "error": "…"}`.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.waiting import PATIENCE_S

NOISE = "Failed to connect to the bus"  # Chromium, at every page, where no D-Bus runs
ROOT = Path(__file__).resolve().parent.parent


class JsonProcess:
    """`python -m MODULE ARGS` behind `prefix`. Its stderr is kept in `stderr_lines` and shown when an ask fails."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        *,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._ids = itertools.count(1)
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.stderr_lines: list[str] = []
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
        self._readers = [
            threading.Thread(target=self._read_answers, name=f"{module} stdout", daemon=True),
            threading.Thread(target=self._read_stderr, name=f"{module} stderr", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, name: str, *, timeout_s: float = PATIENCE_S + 10, **fields: Any) -> Any:
        """Ask and wait for the answer; `RuntimeError` with the process's last words if none or a bad one comes."""
        number = next(self._ids)
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"id": number, "ask": name, **fields}) + "\n")
            self.process.stdin.flush()
            answer = self._answers.get(timeout=timeout_s)
        except (OSError, queue.Empty) as problem:
            raise RuntimeError(f"{name}: no answer within {timeout_s:g} s\n{self._last_words()}") from problem
        if answer is None:
            raise RuntimeError(f"{name}: the helper process is gone\n{self._last_words()}")
        assert answer["id"] == number, (answer, number)
        if "error" in answer:
            raise RuntimeError(f"{name}: {answer['error']}\n{self._last_words()}")
        return answer["answer"]

    def close(self) -> None:
        """End it: closing its stdin is the sign to go, a kill the last resort."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(timeout=PATIENCE_S)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _read_answers(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self._answers.put(json.loads(line))
            else:
                self.stderr_lines.append(line.rstrip())
        self._answers.put(None)

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if NOISE not in line:
                self.stderr_lines.append(line.rstrip())

    def _last_words(self) -> str:
        return "\n".join(self.stderr_lines[-25:])
