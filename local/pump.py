"""Threads that bring events to functions, as AWS does between its services."""

from __future__ import annotations

import threading


class Pump:
    """A thread that repeats `turn` until it is stopped; an error of its own ends it and is kept in `error`."""

    def __init__(self, name: str) -> None:
        self.error: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin no further turn."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for the present turn to end."""
        self._thread.join(seconds)

    def fail(self, error: BaseException) -> None:
        """Keep an error for the main thread; what breaks while the run is being taken down is none."""
        if not self._stopping.is_set():
            self.error = error

    def turn(self) -> float:
        """Do one piece of work and return the seconds to wait before the next."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self.turn())
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.fail(error)
