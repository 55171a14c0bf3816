"""What the service's address must look like: one rule for the lane's file and for the client."""

import ipaddress
import re
from urllib.parse import urlsplit

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")  # RFC 1123, and the _ of old hosts
_SIX = re.compile(r"\[(?P<address>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\]")
_HOST_PORT = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]+)(?::[0-9]*)?")


def trouble_with(url: str) -> str | None:
    """Say what is wrong with a service's URL; None where it can be sent to.

    http and https, ASCII (a name with other letters is written as xn--…), no user, query or
    fragment: what a person wrote into a query may be the access code, and has its own place. The
    words follow the key's name and never repeat the URL.
    """
    if not url.isascii() or not url.isprintable() or " " in url:
        return "has a character that no web address may have"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # repeats the URL: nothing is raised from here, where it would be chained
        return "is not a usable web address"
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "must be a web address that begins with https:// and a host"
    if "?" in url or "#" in url or "@" in parts.netloc:
        return (
            "must end with its path: no ?…, #… or name@ (options have keys of their own, and the "
            "access code goes into service.access_code_file)"
        )
    if port == 0 or not _is_host(parts.netloc):
        return (
            "names a host that cannot be: a name is of letters, digits and hyphens with single "
            "dots between its parts, each of 63 characters at most"
        )
    return None


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_host(netloc: str) -> bool:
    found = _HOST_PORT.fullmatch(netloc)
    if found is None:
        return False
    six = _SIX.fullmatch(found["host"])
    if six is None:
        return bool(_NAME.fullmatch(found["host"]))
    try:
        ipaddress.IPv6Address(six["address"])
    except ValueError:
        return False
    return True
