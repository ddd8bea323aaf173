"""SQS queues."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from learning_graph.aws import clients
from learning_graph.values.errors import log_fields

LONGEST_DELAY = 900  # seconds; SQS takes no more
LONGEST_INVISIBILITY = 43_200
_log = logging.getLogger(__name__)
_ARN = re.compile(r"arn:[^:]+:sqs:(?P<region>[^:]+):(?P<account>\d+):(?P<name>.+)")


class Queue:
    """One queue. In a FIFO queue the messages of one group are handled one at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_fifo = url.endswith(".fifo")

    def send(self, body: str, *, delay: float = 0, group: str = "") -> None:
        """Send one message, visible after `delay` seconds (at most 900); a FIFO queue takes a `group` and no delay."""
        if self._is_fifo:
            clients.sqs().send_message(
                QueueUrl=self._url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=uuid4().hex
            )
        else:
            clients.sqs().send_message(
                QueueUrl=self._url, MessageBody=body, DelaySeconds=min(LONGEST_DELAY, max(0, round(delay)))
            )

    def send_all(self, bodies: Iterable[str]) -> None:
        """Send many messages, ten a call.

        Raises:
            RuntimeError: SQS refused some of them; those before may have been sent, and may be sent again.
        """
        remaining = iter(bodies)
        while batch := list(islice(remaining, 10)):
            answer = clients.sqs().send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)],
            )
            if refused := answer.get("Failed"):
                raise RuntimeError(f"SQS refused {len(refused)} messages: {refused[0]['Code']}")

    def hide(self, receipt_handle: str, seconds: float) -> None:
        """Let a message that was received come back after `seconds` instead of the queue's visibility time-out.

        Where SQS refuses, for example a receipt handle that has expired, the visibility time-out holds.
        """
        try:
            clients.sqs().change_message_visibility(
                QueueUrl=self._url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(LONGEST_INVISIBILITY, max(0, round(seconds))),
            )
        except (BotoCoreError, ClientError) as error:
            # Without the traceback: it would go on with the error for which the message comes back.
            _log.warning("visibility time-out could not be changed", extra=log_fields(error))


@contextmanager
def redelivered_after(
    queue: Queue, receipt_handle: str, wait: Callable[[Exception], float]
) -> Iterator[dict[str, str]]:
    """Let a message whose handling fails come back after `wait` seconds instead of the visibility time-out.

    Yields:
        what the log says of the message, to be filled as soon as it is known.
    """
    about: dict[str, str] = {}
    try:
        yield about
    except Exception as error:
        seconds = wait(error)
        _log.warning("message comes back", extra={**about, **log_fields(error), "seconds": round(seconds)})
        queue.hide(receipt_handle, seconds)
        raise


def name_of(queue_arn: str) -> str:
    """Return the queue's name in an ARN such as `arn:aws:sqs:eu-west-1:123456789012:activity`."""
    match = _ARN.fullmatch(queue_arn)
    return match["name"] if match else queue_arn
