"""opentelemetry-exporter-otlp-proto-http: an event, which is a log record with a name; NAME.py ADDRESS COUNT gzip packs it."""

import sys

import event
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

resource = Resource({"service.name": event.APP, "service.version": event.VERSION, "service.instance.id": event.USER})
provider = LoggerProvider(resource=resource)
events = event.ids()
packed = Compression(sys.argv[3] if len(sys.argv) > 3 else "none")
exporter = OTLPLogExporter(endpoint=event.address() + "/v1/logs", compression=packed)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=max(2048, len(events))))
logger = provider.get_logger("telemetry", "1")
nanoseconds = event.MILLISECONDS * 1_000_000

with event.timed():
    for one in events:
        logger.emit(
            LogRecord(
                timestamp=nanoseconds,
                observed_timestamp=nanoseconds,
                severity_number=SeverityNumber.INFO,
                event_name=event.NAME,
                attributes={"log.record.uid": one, **event.FIELDS},
            )
        )
    provider.force_flush()
provider.shutdown()
