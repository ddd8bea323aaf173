"""Members read into a struct: the first wrong one is named, and no value is quoted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from learning_graph.values.fields import FieldError, read_fields

ADDRESS = "jane@example.com"


class Parcel(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A type within another."""

    weight_grams: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A type with each kind of member."""

    order_id: Annotated[str, Meta(pattern=r"\S")]
    amount: Annotated[int, Meta(ge=1)] = 1
    size: Literal["small", "large"] | None = None
    days: Literal[14, 30] = 14
    gift: bool = False
    parcel: Parcel = Parcel()


def test_members_have_the_names_of_json_and_their_defaults() -> None:
    assert read_fields(Order, {"orderId": "a", "parcel": {"weightGrams": 3}}) == Order(order_id="a", parcel=Parcel(3))


def test_environment_variables_are_text() -> None:
    members = {"orderId": "7", "amount": "3", "days": "30", "gift": "true"}

    assert read_fields(Order, members, of_text=True) == Order(order_id="7", amount=3, days=30, gift=True)


@pytest.mark.parametrize(
    ("members", "name", "problem"),
    [
        ({}, "orderId", "is missing"),
        ({"orderId": 7}, "orderId", "Expected `str`, got `int`"),
        ({"orderId": "a", "amount": "3"}, "amount", "Expected `int`, got `str`"),
        ({"orderId": "a", "amount": 0}, "amount", "Expected `int` >= 1"),
        ({"orderId": "a", "days": True}, "days", "is not one of 14, 30"),
        ({"orderId": "a", "size": ADDRESS}, "size", "is not one of small, large"),
        ({"orderId": "a", "parcel": 7}, "parcel", "Expected `object`, got `int`"),
        ({"orderId": "a", "parcel": {"weightGrams": ADDRESS}}, "parcel.weightGrams", "Expected `int`, got `str`"),
        ({"orderId": "a", "parcel": {"colour": 1}}, "parcel.colour", "is unknown"),
        ({"orderId": "a", "parcel": {ADDRESS: 1}}, "", "is unknown"),
        ({"orderId": "a", "colour": "blue"}, "colour", "is unknown"),
        ({"orderId": "a", ADDRESS: 1}, "", "is unknown"),
    ],
)
def test_a_wrong_member_is_named_and_its_value_is_not_quoted(members: dict[str, Any], name: str, problem: str) -> None:
    with pytest.raises(FieldError) as refusal:
        read_fields(Order, members)

    assert (refusal.value.name, refusal.value.problem) == (name, problem)
    assert ADDRESS not in str(refusal.value)
