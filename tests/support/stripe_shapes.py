"""Whether an object is one that Stripe would send: held against the types of Stripe's own library.

Those are generated from Stripe's published OpenAPI description, of the API's version that the library is pinned to. A
field that the types don't know, one that they want and that is missing, or a value of another kind or outside of a
closed list is a misfit.
"""

import typing
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import stripe
from stripe import checkout

SHAPES: dict[str, type] = {
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "checkout.session": checkout.Session,
    "event": stripe.Event,
}


def misfits(told: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object, by the shape that its `object` names."""
    return list(_of_object(told, SHAPES[told["object"]], told["object"]))


def _of_object(told: Mapping[str, Any], shape: type, at: str) -> Iterator[str]:
    fields = {name: kind for name, kind in shape.__annotations__.items() if get_origin(kind) is not ClassVar}
    yield from (f"{at}.{name}: nobody knows it" for name in told.keys() - fields.keys())
    for name, kind in fields.items():
        if name not in told:
            if not _may_be_none(kind):
                yield f"{at}.{name}: missing"
            continue
        if not _fits(told[name], kind):
            yield f"{at}.{name}: {told[name]!r} is no {kind}"
        inside = told[name]
        if isinstance(inside, Mapping) and kind is not stripe.Event.Data and str(inside.get("object")) in SHAPES:
            yield from _of_object(inside, SHAPES[inside["object"]], f"{at}.{name}")
        elif isinstance(inside, Mapping) and isinstance(kind, type) and hasattr(kind, "__annotations__"):
            yield from _of_object(inside, kind, f"{at}.{name}")


def _may_be_none(kind: Any) -> bool:
    return get_origin(kind) in {Union, UnionType} and NoneType in get_args(kind)


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) in {Union, UnionType}:
        parts = get_args(kind)
        closed = [each for part in parts if get_origin(part) is Literal for each in get_args(part)]
        if closed and isinstance(value, str):  # "or str" stands for what later versions may add
            return value in closed
        return any(_fits(value, part) for part in parts)
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is list:
        return isinstance(value, list)
    if isinstance(kind, ForwardRef | str):
        return isinstance(value, Mapping)
    if kind in {int, str, bool, NoneType, float}:
        return type(value) is kind
    return kind is typing.Any or isinstance(value, Mapping)
