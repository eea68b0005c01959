"""rudder-sdk-python: `track`, gzip as it does by itself."""

import event
from rudderstack.analytics.client import Client

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
