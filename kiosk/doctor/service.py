"""The way to the recognition service: name, connection, TLS. Nothing is sent, nothing is paid."""

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from kiosk.clock import Clock
from kiosk.config.schema import Service
from kiosk.doctor.finding import Finding, fail, ok, warn
from kiosk.service.connection import Line, tls_context
from kiosk.service.patience import Patience
from kiosk.service.phase import Phase
from kiosk.service.reasons import words_for

_PORTS = {"http": 80, "https": 443}
_DATES_WRONG = {9, 10}  # OpenSSL: not yet valid, expired


def service_findings(service: Service, clock: Clock) -> Iterator[Finding]:
    """Connect as an attempt does, and hang up; raises UsageError for an unusable ca_file.

    No network is no failure: the lane reads and saves without one, and sends later.
    """
    url = urlsplit(service.url)
    tls = tls_context(service.ca_file) if url.scheme == "https" else None
    host = url.hostname or ""
    started = clock.monotonic()
    try:
        patience = Patience(clock, service.connect_timeout_s)
        Line(host, url.port or _PORTS[url.scheme], tls).open(patience).close()
    except (OSError, UnicodeError) as error:
        yield _failed(error, host, clock)
    else:
        took_ms = (clock.monotonic() - started) * 1000
        how = "TLS, its certificate is good" if tls else "without TLS"
        yield ok(f"{host} answers in {took_ms:.0f} ms ({how}); nothing was sent")


def _failed(error: Exception, host: str, clock: Clock) -> Finding:
    words = words_for(error, Phase.CONNECTING)
    if not isinstance(error, ssl.SSLError):
        return warn(f"{words} (the lane works offline and sends later)", f"ping -c 3 {host}")
    code = getattr(error, "verify_code", 0)
    if code in _DATES_WRONG and not clock.is_set():
        return fail(f"{words}; the clock of this machine is not set", "timedatectl")
    look = f"openssl s_client -connect {host}:443 -servername {host} </dev/null | head -n 20"
    return fail(words, f"date\n{look}")
