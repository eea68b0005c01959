"""amplitude-analytics: the batch API; NAME.py ADDRESS COUNT httpapi for HTTP V2."""

import os
import sys

# Its package is called like this file.
own = sys.path.pop(0)
from amplitude import Amplitude, BaseEvent, Config  # noqa: E402

sys.path.insert(0, own)
import event  # noqa: E402

path = "/2/httpapi" if "httpapi" in sys.argv else "/batch"
client = Amplitude("APIKEY", Config(use_batch=path == "/batch", server_url=event.address() + path))

with event.timed():
    for one in event.ids():
        client.track(
            BaseEvent(
                event.NAME,
                user_id=event.USER,
                time=event.MILLISECONDS,
                insert_id=one,
                event_properties=dict(event.FIELDS),
                app_version=event.VERSION,
            )
        )
    for batch in client.flush():
        batch.result()
sys.stdout.flush()
# A thread of its own waits for ten seconds more, with nothing left to send.
os._exit(0)
