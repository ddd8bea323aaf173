"""SNS: messages to people."""

from __future__ import annotations

from learning_graph.aws import clients

_LONGEST_SUBJECT = 100  # characters, ASCII


class Topic:
    """Sends messages to one topic; with an empty ARN it sends none."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def send(self, subject: str, text: str) -> None:
        """Send a message; its subject is cut to what SNS allows: 100 printable ASCII characters."""
        if self._arn:
            allowed = "".join(letter if " " <= letter <= "~" else "?" for letter in subject)
            clients.sns().publish(TopicArn=self._arn, Subject=allowed[:_LONGEST_SUBJECT], Message=text)
