"""The one event that every official sender sends, and how a sender is called: NAME.py ADDRESS [COUNT].

COUNT events are sent, the first with the known id; on standard output go the seconds from the first event to the end of the flush.
Nothing but ADDRESS, a server on loopback, is spoken to.
"""

import re
import sys
import time
import uuid
from datetime import datetime, timezone

NAME = "command"
FIELDS = {"name": "sync", "ok": True, "duration_ms": 412}
USER = "0f3c2c9e8c9d4d0e9a577a8f7d9a6f11"
TIME = datetime(2026, 11, 21, 2, 0, 0, tzinfo=timezone.utc)
MILLISECONDS = 1795226400000
ID = "63da4e74-c000-4879-aa4f-0b58d1884301"
APP, VERSION = "acme", "1.4.2"


def address():
    """http://127.0.0.1:PORT, without a path; before the host there may be a key."""
    given = sys.argv[1]
    if not re.fullmatch(r"http://(\w+@)?127\.0\.0\.1:\d+", given):
        sys.exit(f"{given}: not an address of loopback")
    return given


def ids():
    """The id of each event."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    return [ID] + [str(uuid.uuid4()) for _ in range(count - 1)]


class timed:
    """Prints the seconds that its block took."""

    def __enter__(self):
        self.begin = time.perf_counter()

    def __exit__(self, kind, *_):
        if kind is None:
            print(time.perf_counter() - self.begin)
