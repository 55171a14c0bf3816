"""The ways in which the sandbox misbehaves: a table, and the dice that choose from it."""

import enum
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from kiosk.errors import UsageError
from kiosk.sandbox.result import MESSAGES, NO_BALANCE, UNKNOWN_ERROR

RETRY_AFTER_S = 1
_ANY_VIN = "1M8GDM9AXKP042788"  # the example of 49 CFR 565


class Stage(enum.Enum):
    """When a fault strikes."""

    CONNECTION = "as soon as the first bytes came"
    HEAD = "as soon as the headers came"
    HALF = "when half of the body came"
    END = "when the whole request came"


class Act(enum.Enum):
    """What goes out instead of the answer, or happens to it."""

    ANSWER = "the answer"
    NO_RESULT = "a bare HTTP status"
    RESET = "a reset"
    STALL = "nothing, until the client leaves"
    CUT = "half of the answer"
    GARBAGE = "an unreadable body"
    HUGE = "an answer without measure"
    SLOW = "the answer, late"
    ALONE = "the answer, late, or a reset as soon as another request is under way"
    WRONG_VIN = "the answer, with another VIN"
    STRAY = "the answer, with a stray character"
    ECHO = "an error page that repeats what was asked"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave.

    ``charges`` says whether the request costs what its result would have cost. ``key`` replaces
    the result by a failure, ``captured`` by a success, ``status`` the HTTP status.
    """

    name: str
    what: str
    charges: bool
    stage: Stage = Stage.END
    act: Act = Act.ANSWER
    key: int | None = None
    captured: str | None = None
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()


NO_FAULT = Fault("none", "the service at its best", charges=True)
_RETRY = (("Retry-After", str(RETRY_AFTER_S)),)


def _status(status: HTTPStatus, name: str, *headers: tuple[str, str]) -> Fault:
    what = f"takes all, then answers HTTP {status.value} without a result"
    return Fault(name, what, charges=False, act=Act.NO_RESULT, status=status, headers=headers)


def _early(status: HTTPStatus, *headers: tuple[str, str]) -> Fault:
    told = " with Retry-After" if headers else ""
    return Fault(
        f"early_{status.value}",
        f"answers HTTP {status.value}{told} as soon as the headers came",
        charges=False,
        stage=Stage.HEAD,
        act=Act.NO_RESULT,
        status=status,
        headers=headers,
    )


def _redirect(status: HTTPStatus, name: str | None = None) -> Fault:
    return _status(status, name or f"redirect_{status.value}", ("Location", "/elsewhere"))


def _key(key: int) -> Fault:
    what = f"answers FAILED with key {key}: {MESSAGES[key]}"
    return Fault(f"key_{key}", what, charges=key != NO_BALANCE, key=key)


_TABLE = (
    Fault("refuse", "resets the connection at its first bytes", False, Stage.CONNECTION, Act.RESET),
    _early(HTTPStatus.SERVICE_UNAVAILABLE, *_RETRY),
    _early(HTTPStatus.TOO_MANY_REQUESTS, *_RETRY),
    _early(HTTPStatus.UNAUTHORIZED),
    _early(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    Fault(
        "early_result",
        f"answers a complete result, key {UNKNOWN_ERROR}, as soon as the headers came",
        charges=True,
        stage=Stage.HEAD,
        key=UNKNOWN_ERROR,
    ),
    Fault(
        "early_success",
        "answers a success, whatever the picture, as soon as the headers came",
        charges=True,
        stage=Stage.HEAD,
        captured=_ANY_VIN,
    ),
    Fault(
        f"early_key_{NO_BALANCE}",
        f"answers FAILED with key {NO_BALANCE} as soon as the headers came",
        charges=False,
        stage=Stage.HEAD,
        key=NO_BALANCE,
    ),
    Fault("reset_before_tail", "resets when half of the body came", False, Stage.HALF, Act.RESET),
    Fault(
        "stall_before_tail", "reads half of the body, then nothing", False, Stage.HALF, Act.STALL
    ),
    Fault("reset_after_tail", "takes all, charges, resets", True, act=Act.RESET),
    Fault("reset_uncharged", "takes all, charges nothing, resets", False, act=Act.RESET),
    Fault("stall", "takes all, charges, never answers", True, act=Act.STALL),
    Fault("cut_answer", "charges, then closes after half of the answer", True, act=Act.CUT),
    Fault("garbage", "charges, then answers what nobody can read", True, act=Act.GARBAGE),
    Fault("huge_answer", "charges, then answers 64 MiB", True, act=Act.HUGE),
    Fault("slow", "charges, then answers late (--slow)", True, act=Act.SLOW),
    Fault(
        "one_at_a_time",
        "charges, answers late (--slow), and resets instead once a second request is under way",
        charges=True,
        act=Act.ALONE,
    ),
    Fault("wrong_vin", "charges, and captures another VIN", True, act=Act.WRONG_VIN),
    Fault("stray_character", 'charges, and adds a stray "<" to the VIN', True, act=Act.STRAY),
    Fault(
        "result_500",
        "charges, and answers the result with HTTP 500",
        charges=True,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    ),
    Fault(
        "charged_502",
        "charges, and answers HTTP 502 without a result",
        charges=True,
        act=Act.NO_RESULT,
        status=HTTPStatus.BAD_GATEWAY,
    ),
    Fault(
        "echo",
        "takes all, then repeats the address, access code and all, in a page with HTTP 500",
        charges=False,
        act=Act.ECHO,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    ),
    _redirect(HTTPStatus.FOUND, "redirect"),
    _redirect(HTTPStatus.MOVED_PERMANENTLY),
    _redirect(HTTPStatus.SEE_OTHER),
    _redirect(HTTPStatus.TEMPORARY_REDIRECT),
    _redirect(HTTPStatus.PERMANENT_REDIRECT),
    _status(HTTPStatus.TOO_MANY_REQUESTS, "http_429", *_RETRY),
    _status(HTTPStatus.INTERNAL_SERVER_ERROR, "http_500"),
    _status(HTTPStatus.BAD_GATEWAY, "http_502"),
    _status(HTTPStatus.SERVICE_UNAVAILABLE, "http_503", *_RETRY),
    _status(HTTPStatus.BAD_REQUEST, "status_400"),
    _status(HTTPStatus.UNAUTHORIZED, "status_401"),
    _status(HTTPStatus.FORBIDDEN, "status_403"),
    _status(HTTPStatus.NOT_FOUND, "status_404"),
    _status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "status_413"),
    *(_key(key) for key in MESSAGES),
)
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _TABLE}


class Dice:
    """Decides, request by request, whether and how to misbehave. Used from several threads.

    The faults in force are tried in the order of the table, each with its own probability; the
    first that hits is the only one of its request. With a seed the throws repeat.
    """

    def __init__(self, probabilities: Mapping[str, float], seed: int | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._lock = threading.Lock()
        self._probabilities: dict[str, float] = {}
        self.set(probabilities)

    @property
    def probabilities(self) -> dict[str, float]:
        """The faults in force."""
        with self._lock:
            return dict(self._probabilities)

    def set(self, probabilities: Mapping[str, float]) -> None:
        """Put exactly these faults in force; an empty mapping ends all misbehaviour.

        Raises UsageError, which names all faults, and changes nothing then.
        """
        for name, probability in probabilities.items():
            if name not in FAULTS:
                known = ", ".join(FAULTS)
                raise UsageError(f"there is no fault {name!r}; the faults are {known}")
            if not 0 <= probability <= 1:
                raise UsageError(f"the probability of {name} is {probability}, not 0 to 1")
        with self._lock:
            self._probabilities = {name: p for name, p in probabilities.items() if p > 0}

    def refuses_connection(self) -> bool:
        """Throw for a new connection."""
        return self._throw(at_connection=True) is not NO_FAULT

    def for_request(self) -> Fault:
        """Throw for a request; NO_FAULT where it is to be served well."""
        return self._throw(at_connection=False)

    def _throw(self, *, at_connection: bool) -> Fault:
        with self._lock:
            for name, fault in FAULTS.items():
                due = (fault.stage is Stage.CONNECTION) == at_connection
                if due and self._random.random() < self._probabilities.get(name, 0):
                    return fault
        return NO_FAULT
