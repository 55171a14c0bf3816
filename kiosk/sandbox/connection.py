"""One connection from its first byte to its end: requests in turn, each to where it belongs."""

import ssl
from http import HTTPStatus

from kiosk.errors import MachineError
from kiosk.sandbox.body import Body
from kiosk.sandbox.control import PREFIX, Control, not_allowed
from kiosk.sandbox.desk import PATH, Desk
from kiosk.sandbox.faults import Dice
from kiosk.sandbox.head import Head, RequestError, parse_head
from kiosk.sandbox.reply import Reply, text_reply
from kiosk.sandbox.wire import GoneError, Wire

_TLS_HANDSHAKE = b"\x16"  # RFC 8446, 5.1: the record that opens a TLS connection
_PAID_REQUEST = f"POST {PATH}".encode()


def receive(
    wire: Wire, desk: Desk, control: Control, dice: Dice, context: ssl.SSLContext | None
) -> None:
    """Serve a new connection to its end; ``context`` is there where TLS is spoken.

    The control addresses are reached without TLS and past the fault ``refuse``: whoever told the
    sandbox to refuse everything must be able to tell it to stop.
    """
    try:
        first = wire.peek()
        if not _is_for_control(first) and dice.refuses_connection():
            wire.reset()
            return
        if context and first.startswith(_TLS_HANDSHAKE):
            wire.secure(context)
            context = None
    except GoneError:
        return
    converse(wire, None if context else desk, control)


def converse(wire: Wire, desk: Desk | None, control: Control) -> None:
    """Serve requests until the client leaves or one of them ends the connection.

    ``desk`` is None on a connection that may only reach the control addresses. The wire is left
    open for the caller to close.
    """
    try:
        while _one_request(wire, desk, control):
            pass
    except GoneError:
        # Between two requests leaving is good manners; within one it is a cut.
        if desk and wire.pending.startswith(_PAID_REQUEST):
            desk.book_cut_head()
    except RequestError as error:
        _send_last(wire, text_reply(error.status, str(error)))
    except MachineError as error:
        _send_last(wire, text_reply(HTTPStatus.INTERNAL_SERVER_ERROR, str(error)))


def _one_request(wire: Wire, desk: Desk | None, control: Control) -> bool:
    head = parse_head(wire.read_head())
    if head.path == PATH and head.method == "POST" and desk:
        return desk.serve(head, wire)
    body = Body(wire, head)
    body.read()
    if not body.whole:
        return False
    if head.path != PATH:
        reply = control.answer(head.method, head.path, bytes(body.data))
    elif head.method == "POST":
        reply = text_reply(HTTPStatus.BAD_REQUEST, "this sandbox was started with --tls: use https")
    else:
        reply = not_allowed("POST")
    wire.send(_bytes_of(reply, head))
    return head.keep_alive


def _is_for_control(first: bytes) -> bool:
    return first.partition(b" ")[2].startswith(PREFIX.encode())


def _bytes_of(reply: Reply, head: Head) -> bytes:
    body = b"" if head.method == "HEAD" else reply.body
    return reply.head(keep_alive=head.keep_alive) + body


def _send_last(wire: Wire, reply: Reply) -> None:
    try:
        wire.send(reply.head(keep_alive=False) + reply.body)
    except GoneError:
        return
    wire.drain()
