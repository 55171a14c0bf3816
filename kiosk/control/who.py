"""Who did something, in words that the ledger keeps."""

import os
import pwd
import socket
import struct

_CREDENTIALS = struct.Struct("3i")  # struct ucred of unix(7): pid, uid, gid


def user_words(uid: int) -> str:
    """Name a user: ``user installer (uid 1000)``."""
    try:
        return f"user {pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:  # a user of a container, or deleted since
        return f"user unknown (uid {uid})"


def this_user() -> str:
    """Name the user who runs this process."""
    return user_words(os.getuid())


def peer_of(connection: socket.socket) -> str:
    """Name the user at the other end of a Unix socket, as the kernel vouches for it."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(raw)
    return user_words(uid)
