"""The messages of a run's queues, and the start event, validated with pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from learning_graph.values.errors import ConfigurationError, shown_name
from learning_graph.values.windows import Lookback

_FORM = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)
_EVENTBRIDGE_KEYS = {"version", "detail-type", "source", "account", "region", "resources"}
_RUN = r"^\d{8}T\d{6}Z-[0-9a-f]{8}$"


class ShardMessage(BaseModel):
    """Read a shard from offset `start` on.

    `reading` counts complete readings of the listing before this one; `progress` is the key of what was read before.
    """

    model_config = _FORM

    run: str = Field(pattern=_RUN)
    step: str
    shard: str
    start: int = Field(default=0, ge=0)
    reading: int = Field(default=0, ge=0)
    progress: str | None = Field(default=None, pattern=r"^runs/[^/]+/progress/")


class AssemblyMessage(BaseModel):
    """Assemble a run if it is complete."""

    model_config = _FORM

    run: str = Field(pattern=_RUN)


class PublishDetail(BaseModel):
    """The part of an event's detail that says which snapshot to publish; None for the newest."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)

    run_id: str | None = Field(default=None, pattern=_RUN)


class PublishMessage(BaseModel):
    """`Graph Snapshot Ready` or `Learner Erased` as EventBridge sends them, or made by hand: `{"detail": {}}`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    detail: PublishDetail


class StartRequest(BaseModel):
    """A start event, from EventBridge or made by hand. Overrides are in `detail` or beside `time`."""

    model_config = _FORM

    time: AwareDatetime | None = None
    id: str | None = None
    lookback_days: Lookback | None = None
    mode: Literal["full", "incremental"] | None = None


def read_message(body: str, form: type[ShardMessage | AssemblyMessage | PublishMessage], queue: str) -> Any:
    """Return the message of a queue.

    Raises:
        ConfigurationError: it is not a message of this queue; names the member.
    """
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        # The validation error quotes the message, which is of anyone's making.
        raise _refusal(error, f"message on {queue}", "It stays in the dead-letter queue and the bucket.") from None


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
        request = StartRequest.model_validate({**own, **detail})
    except ValidationError as error:
        resolution = "Known keys are time, id, lookbackDays (14, 30, 90, 180, 365) and mode (full, incremental)."
        raise _refusal(error, "start event", resolution) from None
    return request if request.time else request.model_copy(update={"time": now.astimezone(UTC)})


def _refusal(error: ValidationError, what: str, resolution: str) -> ConfigurationError:
    first = error.errors(include_url=False, include_input=False)[0]
    field = shown_name(first["loc"]) or what
    return ConfigurationError(field, f"{what}: {first['msg']}", resolution=resolution)
