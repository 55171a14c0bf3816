"""Reads a result in the XML format, by defusedxml: no document types, no entities of its own."""

from collections.abc import Iterable
from typing import TypeVar
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from kiosk.service.result import NotAResultError, RawDecode, RawResult

_ENVELOPE = "vinbarcode"
_T = TypeVar("_T")


def read_xml(text: str) -> RawResult:
    """Read one XML document; raise NotAResultError for anything but an envelope of the service.

    Names are taken without name space and regardless of case (``version`` and ``Version`` both
    occur). A name that occurs twice makes it none: an answer that says two things is a doubt.
    """
    try:
        root = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotAResultError from error
    if _name(root.tag) != _ENVELOPE:
        raise NotAResultError
    about, parts = _attributes(root), _children(root)
    said = _attributes(parts.get("message"))
    return RawResult(
        status=about.get("status"),
        version=about.get("version"),
        date=about.get("date"),
        captured=_content(parts.get("vin_captured")),
        left=_content(parts.get("left")),
        top=_content(parts.get("top")),
        width=_content(parts.get("width")),
        height=_content(parts.get("height")),
        decode=_decode(parts.get("vindecode")),
        key=said.get("key"),
        message=said.get("value"),
    )


def _decode(part: Element | None) -> RawDecode | None:
    if part is None or (len(part) == 0 and not part.attrib):
        return None
    parts = _children(part)
    said = _attributes(parts.get("message"))
    return RawDecode(
        status=_attributes(part).get("status"),
        make=_content(parts.get("make")),
        model=_content(parts.get("model")),
        year=_content(parts.get("year")),
        key=said.get("key"),
        message=said.get("value"),
    )


def _children(element: Element) -> dict[str, Element]:
    return _unique((_name(child.tag), child) for child in element)


def _attributes(element: Element | None) -> dict[str, str]:
    if element is None:
        return {}
    return _unique((_name(name), value) for name, value in element.attrib.items())


def _unique(pairs: Iterable[tuple[str, _T]]) -> dict[str, _T]:
    named: dict[str, _T] = {}
    for name, value in pairs:
        if name in named:
            raise NotAResultError
        named[name] = value
    return named


def _content(element: Element | None) -> str | None:
    return None if element is None else "".join(element.itertext())


def _name(tag: str) -> str:
    return tag.rpartition("}")[2].lower()
