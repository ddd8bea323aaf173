"""LinkedIn's records become rows of a part: one converter per kind of listing; an unusable record is rejected alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from learning_graph.graph.engagement import engagement_row, learner_of
from learning_graph.graph.entities import Entity, classification_entity, content_entity
from learning_graph.graph.rows import AssetRow, ClassificationRow, CuratedRow, LearnerRow, Row
from learning_graph.linkedin.records import (
    Asset,
    Classification,
    ReportRow,
    asset_decoder,
    asset_urn_decoder,
    classification_decoder,
    report_row_decoder,
)
from learning_graph.store.run import Totals
from learning_graph.values.locales import KNOWN_LOCALES
from learning_graph.values.steps import ASSET_TYPES, AssetType

TAGGED_RANK = 100  # a classification's own listing names it better than a tag does
_COUNTED = ("VIEWS", "COMPLETIONS")
_METRIC_NAMES = {"VIEWS": "views", "COMPLETIONS": "completions", "SECONDS_VIEWED": "secondsViewed"}


class RecordRejected(ValueError):
    """A record that decodes but cannot be used; the text says what is missing."""


class Outside(NamedTuple):
    """Something a record says of content outside the model: how much of which metric."""

    asset_type: str
    metric: str
    value: int


class Converted(NamedTuple):
    """A record's identity within its listing (a later record of the same identity is a duplicate), and its rows.

    `outside`: what it says of content outside the model, to be counted once for each identity.
    """

    identity: Hashable
    rows: list[Row]
    outside: tuple[Outside, ...] = ()


@dataclass
class Tally:
    """What a listing says beside its rows."""

    latest_data_at: int | None = None
    unmodelled: Totals = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    account_totals: Totals = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def saw_data_until(self, instant: int | None) -> None:
        """Keep the oldest `latestDataAt`: the pages of a listing may be read at different times."""
        if instant is not None:
            self.latest_data_at = instant if self.latest_data_at is None else min(self.latest_data_at, instant)

    def count_unmodelled(self, outside: Iterable[Outside]) -> None:
        for asset_type, metric, value in outside:
            self.unmodelled[asset_type][metric] += value


Converter = Callable[[bytes | msgspec.Raw], Converted]


def asset_converter(asset_type: AssetType, tags: Entity) -> Converter:
    """Return the converter of a listing of assets; `tags` are the account's properties on every entity."""

    def convert(record: bytes | msgspec.Raw) -> Converted:
        asset = asset_decoder.decode(record)
        _demand_urn(asset.urn)
        own_type = asset.type or asset_type
        if own_type not in ASSET_TYPES:
            return Converted(asset.urn, [], (Outside(own_type, "assets", 1),))
        return Converted(asset.urn, _asset_rows(asset, own_type, tags))

    return convert


def classification_converter(tags: Entity) -> Converter:
    """Return the converter of the classifications' own listing."""

    def convert(record: bytes | msgspec.Raw) -> Converted:
        classification = classification_decoder.decode(record)
        _demand_urn(classification.urn)
        return Converted(classification.urn, [_classification_row(classification, tags, rank=0)])

    return convert


def curated_converter() -> Converter:
    """Return the converter of the curated listing, of which only URNs are read."""

    def convert(record: bytes | msgspec.Raw) -> Converted:
        urn = asset_urn_decoder.decode(record).urn
        _demand_urn(urn)
        return Converted(urn, [CuratedRow(urn)])

    return convert


def learner_converter(tally: Tally) -> Converter:
    """Return the converter of INDIVIDUAL rows: who learned at all, and what lies outside the model."""

    def convert(record: bytes | msgspec.Raw) -> Converted:
        row = report_row_decoder.decode(record)
        tally.saw_data_until(row.latest_data_at)
        learner = learner_of(row)
        return Converted(learner.identity, [LearnerRow(*learner)], tuple(_outside_the_model(row)))

    return convert


def engagement_converter(asset_type: AssetType, tally: Tally) -> Converter:
    """Return the converter of INDIVIDUAL + CONTENT rows of one asset type."""

    def convert(record: bytes | msgspec.Raw) -> Converted:
        row = report_row_decoder.decode(record)
        tally.saw_data_until(row.latest_data_at)
        learner = learner_of(row)
        if row.content_details is None:
            raise RecordRejected("contentDetails is missing")
        _demand_urn(row.content_details.content_urn)
        identity = (learner.identity, row.content_details.content_urn)
        types = {activity.asset_type for activity in row.activities}
        if types and not types & {None, asset_type}:
            # A server that ignores assetType: the row belongs to another step, or to none.
            outside = (Outside(str(other), "engagements", 1) for other in types - set(ASSET_TYPES))
            return Converted(identity, [], tuple(outside))
        return Converted(identity, [engagement_row(learner, row, row.content_details, asset_type)])

    return convert


def count_account_totals(record: bytes | msgspec.Raw, tally: Tally) -> None:
    """Add LinkedIn's own totals of one window, an ACCOUNT row, to the tally.

    Raises:
        msgspec.MsgspecError: the record is not such a row.
    """
    row = report_row_decoder.decode(record)
    tally.saw_data_until(row.latest_data_at)
    for activity in row.activities:
        metric = _METRIC_NAMES.get(activity.engagement_type)
        if metric and activity.asset_type in ASSET_TYPES and activity.engagement_metric_qualifier != "UNIQUE":
            tally.account_totals[activity.asset_type][metric] += int(activity.engagement_value)


def _demand_urn(urn: str) -> None:
    if not urn.strip():
        raise RecordRejected("the URN is empty")


def _asset_rows(asset: Asset, asset_type: AssetType, tags: Entity) -> list[Row]:
    assigned: list[str] = []
    rows: list[Row] = []
    for tag in (asset.details.classifications if asset.details else None) or ():
        classification = tag.associated_classification
        if classification is not None and classification.urn.strip():
            assigned.append(classification.urn)
            rows.append(_classification_row(classification, tags, rank=TAGGED_RANK))
        ancestors = (ancestor for ancestor in tag.path or () if ancestor.urn.strip())
        rows.extend(_classification_row(ancestor, tags, rank=TAGGED_RANK) for ancestor in ancestors)
    entity = content_entity(asset, asset_type, tags)
    updated = (asset.details.last_updated_at if asset.details else None) or 0
    return [AssetRow(asset.urn, asset_type, updated, entity, list(dict.fromkeys(assigned))), *rows]


def _classification_row(classification: Classification, tags: Entity, *, rank: int) -> ClassificationRow:
    name = classification.name
    locale = str(name.locale) if name and name.locale else ""
    place = KNOWN_LOCALES.index(locale) if locale in KNOWN_LOCALES else len(KNOWN_LOCALES)
    return ClassificationRow(classification.urn, rank + place, classification_entity(classification, tags))


def _outside_the_model(row: ReportRow) -> Iterator[Outside]:
    for activity in row.activities:
        outside = activity.asset_type is not None and activity.asset_type not in ASSET_TYPES
        if outside and activity.engagement_type in _COUNTED and activity.engagement_value > 0:
            metric = _METRIC_NAMES[activity.engagement_type]
            yield Outside(str(activity.asset_type), metric, int(activity.engagement_value))
