"""The paid address: takes a picture, judges it, books it, answers it – or misbehaves.

Two rules hold under every fault: a charge is booked before anything of the answer goes out, and
a request that did not come whole is charged only by the faults that say so (``early_result``,
``early_success``).
"""

import contextlib
import datetime as dt
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import urlencode

from kiosk.clock import Clock
from kiosk.sandbox.asked import Asked
from kiosk.sandbox.body import Body
from kiosk.sandbox.books import Books
from kiosk.sandbox.faults import Act, Dice, Fault, Stage
from kiosk.sandbox.head import Head, RequestError
from kiosk.sandbox.judge import Verdict, judge
from kiosk.sandbox.multipart import Upload, read_upload
from kiosk.sandbox.reply import Reply, text_reply
from kiosk.sandbox.result import NO_BALANCE, Capture, Failed, Recognized, Result, as_json, as_xml
from kiosk.sandbox.wire import GoneError, Wire

PATH = "/vinbarcode/v2"
_ANY_PAGE = (("Access-Control-Allow-Origin", "*"),)  # the document's own page is a local file
_GARBAGE = b'\x00\xff<VINbarcode Status="SUC{"service": \x1f\x8b\x08'
_HUGE = 64 * 1024 * 1024
_SILENT = (Act.RESET, Act.STALL)


@dataclass(frozen=True, slots=True)
class Manners:
    """How the service behaves apart from its faults.

    ``codes``: the good access codes, None where any will do. ``latency_s`` passes before every
    answer, ``slow_s`` on top of it under the fault ``slow``.
    """

    codes: Collection[str] | None = None
    latency_s: float = 0.0
    slow_s: float = 3.0


class Desk:
    """Serves requests to PATH, each from its connection's own thread."""

    def __init__(
        self, books: Books, dice: Dice, manners: Manners, clock: Clock, stopping: threading.Event
    ) -> None:
        self._books = books
        self._dice = dice
        self._manners = manners
        self._clock = clock
        self._stopping = stopping
        self._under_way = 0  # requests of which the head came
        self._came = threading.Condition()

    def serve(self, head: Head, wire: Wire) -> bool:
        """Serve one request; True where the connection can take another.

        Raises GoneError where the client does not wait for its answer, MachineError where the
        books cannot be written (nothing is charged then).
        """
        with self._counted():
            return self._serve(self._dice.for_request(), head, Body(wire, head), wire)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._came:
            self._under_way += 1
            self._came.notify_all()
        try:
            yield
        finally:
            with self._came:
                self._under_way -= 1

    def _serve(self, fault: Fault, head: Head, body: Body, wire: Wire) -> bool:
        try:
            if fault.stage is Stage.HEAD:
                return self._answer_early(fault, head, body, wire)
            if fault.stage is Stage.HALF:
                return self._break_off(fault, head, body, wire)
            body.read()
        except RequestError as error:
            return self._refuse(error, head, body, wire)
        if not body.whole:
            self._book_cut(head, body)
            return False
        if fault.act is Act.ALONE:
            fault = replace(fault, act=Act.RESET if self._gets_company() else Act.ANSWER)
        return self._answer(fault, head, body, wire)

    def book_cut_head(self) -> None:
        """Enter a request of which not even the head came whole."""
        self._books.book(sha256=None, complete=False)

    def _gets_company(self) -> bool:
        """Wait as long as a slow answer takes; True as soon as another request is under way."""
        with self._came:
            return self._came.wait_for(lambda: self._under_way > 1, self._manners.slow_s)

    def _answer(self, fault: Fault, head: Head, body: Body, wire: Wire) -> bool:
        asked, upload = Asked.of(head.query), _upload_in(head, body)
        verdict = self._verdict(fault, asked, upload)
        status = fault.status if verdict.result else verdict.status
        entry = self._books.book(
            sha256=upload.sha256,
            complete=_picture_came(upload, body),
            status=None if fault.act in _SILENT else status.value,
            key=verdict.result.key if isinstance(verdict.result, Failed) else None,
            charge=verdict.charges and fault.charges,
        )
        result = Failed(NO_BALANCE) if entry.key == NO_BALANCE else verdict.result
        if fault.act is Act.ECHO:
            reply = text_reply(status, f"there is no {head.path}?{urlencode(head.query)}")
        elif result is None:
            reply = text_reply(status, verdict.reason, *fault.headers)
        else:
            reply = self._reply(_distorted(result, fault.act), asked, status)
        slow_s = self._manners.slow_s if fault.act is Act.SLOW else 0.0
        if self._stopping.wait(self._manners.latency_s + slow_s):
            raise GoneError("the sandbox is stopping")
        return _deliver(fault.act, reply, wire, keep_alive=head.keep_alive)

    def _verdict(self, fault: Fault, asked: Asked, upload: Upload) -> Verdict:
        if fault.act is Act.NO_RESULT:
            return Verdict(None, charges=True, status=fault.status, reason=fault.what)
        if fault.key is not None:
            return Verdict(Failed(fault.key), charges=True)
        return judge(asked, upload, self._manners.codes)

    def _answer_early(self, fault: Fault, head: Head, body: Body, wire: Wire) -> bool:
        entry = self._books.book(
            sha256=None,
            complete=False,
            status=fault.status.value,
            key=fault.key,
            charge=fault.charges,
        )
        asked = Asked.of(head.query)
        if entry.key is not None:
            reply = self._reply(Failed(entry.key), asked, fault.status)
        elif fault.captured is not None:
            capture = Capture(fault.captured, 0, 0, 1, 1)
            reply = self._reply(Recognized(capture), asked, fault.status)
        else:
            reply = text_reply(fault.status, fault.what, *fault.headers)
        wire.send(reply.head(keep_alive=False) + reply.body)
        wire.finish_writing()
        with contextlib.suppress(RequestError):
            body.read_uninvited()
        upload = _upload_in(head, body)
        self._books.amend(entry, sha256=upload.sha256, complete=_picture_came(upload, body))
        return False

    def _break_off(self, fault: Fault, head: Head, body: Body, wire: Wire) -> bool:
        body.read_half()
        self._book_cut(head, body)
        if fault.act is Act.STALL:
            wire.wait_until_left()
        wire.reset()
        return False

    def _refuse(self, error: RequestError, head: Head, body: Body, wire: Wire) -> bool:
        self._book_cut(head, body, error.status)
        reply = text_reply(error.status, str(error))
        wire.send(reply.head(keep_alive=False) + reply.body)
        wire.drain()
        return False

    def _book_cut(self, head: Head, body: Body, status: HTTPStatus | None = None) -> None:
        upload = _upload_in(head, body)
        self._books.book(
            sha256=upload.sha256,
            complete=_picture_came(upload, body),
            status=status.value if status else None,
        )

    def _reply(self, result: Result, asked: Asked, status: HTTPStatus) -> Reply:
        now = dt.datetime.fromtimestamp(self._clock.wall(), dt.UTC)
        if asked.as_json:
            return Reply(status, as_json(result, now), "application/json; charset=utf-8", _ANY_PAGE)
        return Reply(status, as_xml(result, now), "text/xml; charset=utf-8", _ANY_PAGE)


def _upload_in(head: Head, body: Body) -> Upload:
    return read_upload(head.headers.get("content-type", ""), bytes(body.data))


def _picture_came(upload: Upload, body: Body) -> bool:
    return upload.files[0].whole if upload.files else body.whole


def _distorted(result: Result, act: Act) -> Result:
    if isinstance(result, Failed) or act not in {Act.WRONG_VIN, Act.STRAY}:
        return result
    text = result.capture.text
    other = f"{text}<" if act is Act.STRAY else text[:-1] + ("1" if text[-1:] == "0" else "0")
    return Recognized(replace(result.capture, text=other), result.decode)


def _deliver(act: Act, reply: Reply, wire: Wire, *, keep_alive: bool) -> bool:
    if act is Act.RESET:
        wire.reset()
    elif act is Act.STALL:
        wire.wait_until_left()
    elif act is Act.CUT:
        wire.send(reply.head(keep_alive=False) + reply.body[: len(reply.body) // 2])
    else:
        if act is Act.GARBAGE:
            reply = replace(reply, body=_GARBAGE)
        elif act is Act.HUGE:
            reply = replace(reply, body=reply.body.ljust(_HUGE))
        wire.send(reply.head(keep_alive=keep_alive) + reply.body)
        return keep_alive
    return False
