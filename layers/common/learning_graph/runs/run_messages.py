"""The messages of a run's queues, and the start event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from learning_graph.store.documents import MALFORMED
from learning_graph.store.graph_bucket import RUN_ID
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.fields import FieldError, read_fields
from learning_graph.values.windows import Lookback

_EVENTBRIDGE_KEYS = {"version", "detail-type", "source", "account", "region", "resources"}
RunId = Annotated[str, Meta(pattern=rf"^{RUN_ID.pattern}\Z")]
Count = Annotated[int, Meta(ge=0)]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The JSON object of a message."""

    def to_json(self) -> str:
        """Return the body of the message; members with default values are omitted."""
        return msgspec.json.encode(self).decode()


class ShardMessage(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read a shard from offset `start` on.

    `reading` counts complete readings of the listing before this one; `progress` is the key of what was read before.
    """

    run: RunId
    step: str
    shard: str
    start: Count = 0
    reading: Count = 0
    progress: Annotated[str, Meta(pattern=r"^runs/[^/]+/progress/")] | None = None


class AssemblyMessage(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Assemble a run if it is complete."""

    run: RunId


class PublishDetail(Message, frozen=True, kw_only=True):
    """The part of an event's detail that says which snapshot to publish; None for the newest."""

    run_id: RunId | None = None


class PublishMessage(Message, frozen=True, kw_only=True):
    """`Graph Snapshot Ready` or `Learner Erased` as EventBridge sends them, or made by hand: `{"detail": {}}`."""

    detail: PublishDetail


class StartRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A start event, from EventBridge or made by hand. Overrides are in `detail` or beside `time`."""

    time: Annotated[datetime, Meta(tz=True)] | None = None
    id: str | None = None
    lookback_days: Lookback | None = None
    mode: Literal["full", "incremental"] | None = None


M = TypeVar("M", bound=Message)


def read_message(body: str, form: type[M], queue: str) -> M:
    """Return the message of a queue.

    Raises:
        ConfigurationError: it is not a message of this queue; names the member.
    """
    what, resolution = f"message on {queue}", "It stays in the dead-letter queue and the bucket."
    try:
        members = msgspec.json.decode(body)
    except MALFORMED:
        members = None
    if not isinstance(members, dict):
        raise ConfigurationError(what, "is no JSON object", resolution=resolution)
    try:
        return read_fields(form, members)
    except FieldError as error:
        raise _refusal(error, what, resolution) from None


def read_start_request(event: Mapping[str, Any], now: datetime) -> StartRequest:
    """Return the start request of an event; a hand-made event without a time starts now.

    Raises:
        ConfigurationError: a key is unknown or a value is not one of its choices.
    """
    own = {key: value for key, value in event.items() if key not in _EVENTBRIDGE_KEYS}
    detail = own.pop("detail", None) or {}
    if not isinstance(detail, Mapping):
        raise ConfigurationError("detail", "is not an object", resolution='Write for example {"lookbackDays": 30}.')
    try:
        request = read_fields(StartRequest, {**own, **detail})
    except FieldError as error:
        resolution = "Known keys are time, id, lookbackDays (14, 30, 90, 180, 365) and mode (full, incremental)."
        raise _refusal(error, "start event", resolution) from None
    return request if request.time else msgspec.structs.replace(request, time=now.astimezone(UTC))


def _refusal(error: FieldError, what: str, resolution: str) -> ConfigurationError:
    return ConfigurationError(error.name or what, f"{what}: {error.problem}", resolution=resolution)
