"""A result of the service as its two formats have it: names agreed, values still text."""

from dataclasses import dataclass


class NotAResultError(Exception):
    """The body is no complete, unambiguous result of the service."""


@dataclass(frozen=True, slots=True)
class RawDecode:
    """The decode part of a result."""

    status: str | None = None
    make: str | None = None
    model: str | None = None
    year: str | None = None
    key: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RawResult:
    """An envelope of the service, whatever its format and version; None for what is not there."""

    status: str | None
    version: str | None = None
    date: str | None = None
    captured: str | None = None
    left: str | None = None
    top: str | None = None
    width: str | None = None
    height: str | None = None
    decode: RawDecode | None = None
    key: str | None = None
    message: str | None = None
