"""A message whose handling failed comes back, and the log says why without quoting data."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import NoReturn

import pytest
from botocore.exceptions import ClientError

from learning_graph.aws import clients
from learning_graph.aws.queues import Queue, redelivered_after


def test_where_sqs_refuses_the_wait_the_log_does_not_go_on_with_the_error_before(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise ClientError({"Error": {"Code": "InvalidParameterValue"}}, "ChangeMessageVisibility")

    monkeypatch.setattr(clients, "sqs", lambda: SimpleNamespace(change_message_visibility=refuse))
    log = logging.getLogger("learning_graph.aws.queues")
    log.addHandler(caplog.handler)
    try:
        with pytest.raises(ValueError, match="ann@"), redelivered_after(Queue("q"), "receipt", lambda _error: 1):
            int("ann@example.com")
    finally:
        log.removeHandler(caplog.handler)
    assert [record.message for record in caplog.records][-1] == "visibility time-out could not be changed"
    assert "ann@" not in caplog.text
