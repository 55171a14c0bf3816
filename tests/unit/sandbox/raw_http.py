"""A client that does exactly what a test tells it to, one send at a time."""

import http.client
import socket
import ssl
import struct
from urllib.parse import urlsplit

BOUNDARY = "0123456789abcdef"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def form(*files: bytes, name: str = "image") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="label.png"\r\n\r\n'
    parts = [f"--{BOUNDARY}\r\n{head}".encode() + data + b"\r\n" for data in files]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def paid_request(
    body: bytes, query: str = "accesscode=good&format=JSON", headers: str = "", length=None
) -> bytes:
    length = f"Content-Length: {len(body) if length is None else length}\r\n"
    head = (
        f"POST /vinbarcode/v2?{query} HTTP/1.1\r\nHost: sandbox\r\n"
        f"Content-Type: {FORM_TYPE}\r\n{length}{headers}\r\n"
    )
    return head.encode() + body


class RawClient:
    """A socket to the sandbox; a context manager. Every wait ends within ``timeout`` seconds."""

    def __init__(self, sandbox, timeout: float = 10.0) -> None:
        parts = urlsplit(sandbox.url)
        self.sock = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(sandbox.ca_file))
            self.sock = context.wrap_socket(self.sock, server_hostname=parts.hostname)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self) -> tuple[http.client.HTTPResponse, bytes]:
        response = http.client.HTTPResponse(self.sock)
        try:
            response.begin()
            return response, response.read()
        finally:
            response.close()

    def end_of_sending(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def rest(self) -> bytes:
        """Read until the server closes; empty also where it resets."""
        came = bytearray()
        try:
            while piece := self.sock.recv(65536):
                came += piece
        except ConnectionResetError:
            pass
        return bytes(came)

    def abort(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
