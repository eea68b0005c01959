"""snowplow-tracker: a self-describing event with one entity, base64 as it does by itself; NAME.py ADDRESS COUNT plain for plain JSON."""

import logging
import sys

import event
from snowplow_tracker import Emitter, SelfDescribing, SelfDescribingJson, Subject, Tracker

logging.disable(logging.INFO)
subject = Subject().set_platform("app").set_user_id(event.USER)
emitter = Emitter(event.address())
tracker = Tracker("telemetry", emitter, subject=subject, app_id=event.APP, encode_base64="plain" not in sys.argv)
entity = SelfDescribingJson("iglu:com.acme/version/jsonschema/1-0-0", {"version": event.VERSION})

with event.timed():
    for one in event.ids():
        # It makes an id of its own and takes none from the caller.
        Tracker.get_uuid = staticmethod(lambda one=one: one)
        said = SelfDescribingJson("iglu:com.acme/command/jsonschema/1-0-0", dict(event.FIELDS))
        tracker.track(SelfDescribing(said, context=[entity], true_timestamp=event.MILLISECONDS))
    tracker.flush()
