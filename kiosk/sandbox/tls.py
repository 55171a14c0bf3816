"""A certificate of the sandbox's own, made by the ``openssl`` executable at start."""

import ipaddress
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kiosk.errors import MachineError

_DAYS = "30"
_TIMEOUT_S = 60.0
# Complete in itself: the machine's openssl.cnf may hold anything.
_REQUEST = """\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = vin-kiosk sandbox
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = {names}
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """A key and its self-signed certificate; the certificate is its own authority."""

    ca_file: Path
    key_file: Path

    def context(self) -> ssl.SSLContext:
        """Return a server context that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, self.key_file)
        return context


def make_identity(folder: Path, host: str) -> Identity:
    """Make ``ca.pem`` and ``key.pem`` in ``folder`` for localhost, the loopback and ``host``.

    Raises MachineError where ``openssl`` is missing or fails.
    """
    executable = shutil.which("openssl")
    if executable is None:
        raise MachineError("openssl is not installed: install it (apt-get install openssl)")
    identity = Identity(folder / "ca.pem", folder / "key.pem")
    request = folder / "openssl.cnf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        request.write_text(_REQUEST.format(names=_names(host)), "utf-8")
        _run(
            *(executable, "req", "-x509", "-config", str(request), "-days", _DAYS, "-nodes"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", str(identity.key_file), "-out", str(identity.ca_file)),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"cannot make a certificate in {folder}: {error}") from error
    return identity


def _run(*command: str) -> None:
    done = subprocess.run(  # noqa: S603 - no shell, and the words are ours
        command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        raise MachineError(f"openssl could not make a certificate: {done.stderr.strip()}")


def _names(host: str) -> str:
    names = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]
    try:
        name = f"IP:{ipaddress.ip_address(host)}"
    except ValueError:
        name = f"DNS:{host}"
    return ", ".join(dict.fromkeys([*names, name]))
