"""A queue in memory: delay, visibility, redelivery, dead letters and the groups of a FIFO, as SQS has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from learning_graph.aws.queues import LONGEST_DELAY, LONGEST_INVISIBILITY, Queue
from tests.fakes.clock import FakeClock
from tests.fakes.effects import Effects


@dataclass
class Message:
    """A message in a queue. `sent_delay` is what the sender asked for; `receives` counts deliveries."""

    body: str
    visible_at: datetime
    sent_delay: float
    number: int
    receives: int = 0
    receipt_handle: str = ""
    group: str = ""


class FakeQueue(Queue):
    """What `Queue` offers, and the receiving side for tests.

    Args:
        name: of the queue; one that ends in `.fifo` delivers one message of a group at a time, in order.
        clock: decides what is visible.
        visibility: seconds for which a received message is hidden.
        max_receives: deliveries before a message goes to `dead_letters`.
        dead_letters: the queue that takes what was delivered as often as it may.
        effects: told of each sending and hiding.
    """

    def __init__(
        self,
        name: str = "queue",
        *,
        clock: FakeClock | None = None,
        visibility: float = 300,
        max_receives: int = 5,
        dead_letters: FakeQueue | None = None,
        effects: Effects | None = None,
    ) -> None:
        super().__init__(f"https://sqs.test/123456789012/{name}")
        self.name = name
        self.messages: list[Message] = []
        self.effects = effects or Effects()
        self._clock = clock or FakeClock()
        self._visibility = timedelta(seconds=visibility)
        self._max_receives = max_receives
        self._dead_letters = dead_letters
        self._sent = 0

    @property
    def bodies(self) -> list[str]:
        """The bodies of all messages that are in the queue, visible or not, in the order of their sending."""
        return [message.body for message in self.messages]

    def send(self, body: str, *, delay: float = 0, group: str = "") -> None:
        self.effects.happen(f"send {self.name}")
        self._put(body, 0 if self._is_fifo else min(LONGEST_DELAY, max(0, round(delay))), group)

    def send_all(self, bodies: Iterable[str]) -> None:
        remaining = iter(bodies)
        while batch := list(islice(remaining, 10)):
            self.effects.happen(f"send-batch {self.name}")
            for body in batch:
                self._put(body, 0)

    def hide(self, receipt_handle: str, seconds: float) -> None:
        self.effects.happen(f"hide {self.name}")
        message = self._received(receipt_handle)
        message.visible_at = self._clock() + timedelta(seconds=min(LONGEST_INVISIBILITY, max(0, round(seconds))))

    def receive(self) -> Message | None:
        """Return the next visible message and hide it; a message that was delivered often enough dies instead."""
        for message in self.deliverable():
            if message.visible_at > self._clock():
                continue
            if message.receives >= self._max_receives and self._dead_letters is not None:
                self.messages.remove(message)
                self._dead_letters._put(message.body, 0)
                continue
            message.receives += 1
            message.receipt_handle = f"{self.name}-{message.number}-{message.receives}"
            message.visible_at = self._clock() + self._visibility
            return message
        return None

    def deliverable(self) -> list[Message]:
        """Return the messages that no other one holds up: in a FIFO queue the first of each group."""
        if not self._is_fifo:
            return list(self.messages)
        first: dict[str, Message] = {}
        for message in self.messages:
            first.setdefault(message.group, message)
        return list(first.values())

    def delete(self, receipt_handle: str) -> None:
        """Delete a message that was handled; an older receipt handle deletes nothing."""
        self.messages = [message for message in self.messages if message.receipt_handle != receipt_handle]

    def take_all(self) -> list[str]:
        """Empty the queue; return the bodies that were in it."""
        bodies, self.messages = self.bodies, []
        return bodies

    def _put(self, body: str, delay: float, group: str = "") -> None:
        self._sent += 1
        self.messages.append(Message(body, self._clock() + timedelta(seconds=delay), delay, self._sent, group=group))

    def _received(self, receipt_handle: str) -> Message:
        return next(message for message in self.messages if message.receipt_handle == receipt_handle)
