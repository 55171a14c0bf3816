"""Commands inside the virtual machine, through QEMU's guest agent."""

import base64
import json
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from vm_wire import JsonLines

_POLL_S = 0.1  # the agent must be asked whether a command ended
_T = TypeVar("_T")


class TrialFailed(Exception):  # noqa: N818 - it says what happened
    """Something inside did not go as it must."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended: its exit code, and what it printed on both channels."""

    code: int
    said: str


def until(look: Callable[[], _T | None], seconds: float, what: str) -> _T:
    """Ask ``look`` until it gives something; raises TrialFailed after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise TrialFailed(f"{what}: not within {seconds:.0f} s")
        time.sleep(_POLL_S)


class Guest:
    """The inside of the machine; made once its agent answers."""

    def __init__(self, agent: JsonLines, boot_s: float) -> None:
        self._agent = agent
        # The port swallows nothing: what is asked before the agent runs is answered when it does.
        agent.ask("guest-ping", timeout_s=boot_s)

    def run(self, script: str, timeout_s: float = 120.0) -> Done:
        """Run a shell script as root; its exit code is 124 where it took longer."""
        words = ["-k", "5", f"{timeout_s:.0f}", "bash", "-c", f"exec 2>&1; {script}"]
        facts = {"path": "timeout", "arg": words, "capture-output": True}
        pid = self._agent.ask("guest-exec", facts)["pid"]
        state: dict[str, Any] = {}

        def look() -> bool:
            state.update(self._agent.ask("guest-exec-status", {"pid": pid}))
            return bool(state["exited"])

        until(look, timeout_s + 30, script)
        said = base64.b64decode(state.get("out-data", "")).decode("utf-8", "replace")
        return Done(int(state.get("exitcode", 255)), said)

    def check(self, script: str, timeout_s: float = 120.0) -> str:
        """Run a shell script that must succeed; return what it printed."""
        done = self.run(script, timeout_s)
        if done.code != 0:
            last = "\n".join(done.said.splitlines()[-40:])
            raise TrialFailed(f"exit code {done.code} from: {script}\n{last}")
        return done.said.strip()

    def json(self, script: str, timeout_s: float = 120.0) -> list[dict[str, Any]]:
        """Run a shell script that prints one JSON object a line."""
        return [json.loads(line) for line in self.check(script, timeout_s).splitlines() if line]

    def write(self, path: str, text: str) -> None:
        """Put a small file in place."""
        self.check(f"printf %s {shlex.quote(text)} >{shlex.quote(path)}")

    def service(self, name: str, command: str) -> None:
        """Run a command beside the others, as the transient unit ``name``."""
        self.check(
            f"systemctl reset-failed {name}.service 2>/dev/null || true; "
            f"systemd-run --quiet --collect --unit={name} {command}"
        )
