"""segment-analytics-python: `track`."""

import sys

# Its package is called like this file.
own = sys.path.pop(0)
from segment.analytics.client import Client  # noqa: E402

sys.path.insert(0, own)
import event  # noqa: E402

events = event.ids()
client = Client("WRITEKEY", host=event.address(), max_queue_size=len(events))

with event.timed():
    for one in events:
        client.track(
            user_id=event.USER,
            event=event.NAME,
            properties=dict(event.FIELDS),
            context={"app": {"name": event.APP, "version": event.VERSION}},
            timestamp=event.TIME,
            message_id=one,
        )
    client.flush()
client.join()
