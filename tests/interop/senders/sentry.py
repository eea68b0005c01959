"""sentry-sdk: an error and the session that it ended, with its own defaults. The key stands in ADDRESS: http://KEY@127.0.0.1:PORT.

NAME.py ADDRESS COUNT errors, or sessions, for one of the two alone.
"""

import json
import sys

import event
import sentry_sdk


class ConfigError(Exception):
    """An error of the program."""


def known(said, hint):
    """It makes an id and a time of its own."""
    said["event_id"] = upcoming.pop(0).replace("-", "")
    said["timestamp"] = event.TIME.isoformat()
    return said


upcoming = event.ids()
wanted = sys.argv[3:] or ["errors", "sessions"]
count = len(upcoming)
sentry_sdk.init(
    event.address() + "/1",
    release=f"{event.APP}@{event.VERSION}",
    environment="production",
    before_send=known,
    # It drops what does not fit in here, an error and a session each.
    transport_queue_size=max(100, 2 * count),
)
scope = sentry_sdk.get_isolation_scope()
scope.set_user({"id": event.USER})
for name, value in event.FIELDS.items():
    # As it is, a number goes out as a number, and a receiver that holds events against their schema keeps nothing.
    scope.set_tag(name, value if isinstance(value, str) else json.dumps(value))

with event.timed():
    for _ in range(count):
        if "sessions" in wanted:
            scope.start_session()
        if "errors" in wanted:
            try:
                raise ConfigError("missing key region")
            except ConfigError as error:
                sentry_sdk.capture_exception(error)
        if "sessions" in wanted:
            scope.end_session()
    sentry_sdk.flush(60)
