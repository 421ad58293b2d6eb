"""OpenTelemetry traces: a span for each operation, with a span for each of its statements.

Only a server whose MUSTER_TRACES is on imports it. The variables of OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT,
OTEL_TRACES_SAMPLER and so on) configure the exporter, which is OTLP over HTTP. Spans have no values of requests.
"""

import asyncio
import threading
from collections.abc import Callable

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import bind_contextvars

from models.db.deadline import Deadline
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Caller
from web.http.operation_log import OperationFacts, Outcome

_STOP_SECONDS = 3.0
"""How long the server waits for the export of the last spans when it stops."""
_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Makes the spans of this process, and exports them in a thread between `start` and `stop`."""

    def __init__(self) -> None:
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None
        self._database = ""

    def start(self, *, is_postgres: bool) -> None:
        """Starts the exporter. Call it in the process that serves, because a fork does not copy threads."""
        resource = Resource.create({"service.name": "muster"}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("muster")
        self._database = "postgresql" if is_postgres else "sqlite"

    async def stop(self) -> None:
        """Exports the last spans, if the receiver accepts them in time."""
        if self._provider is not None:
            stopping = threading.Thread(target=self._provider.shutdown, daemon=True)
            stopping.start()
            await asyncio.to_thread(stopping.join, _STOP_SECONDS)

    def begin(self, traceparent: bytes | None) -> "OperationTrace | None":
        """Begins the span of an operation, in the caller's trace if a traceparent header names one."""
        if self._tracer is None:
            return None
        carrier = {} if traceparent is None else {"traceparent": traceparent.decode("latin-1")}
        parent = _PROPAGATOR.extract(carrier, context=Context())
        span = self._tracer.start_span("operation", parent, SpanKind.SERVER)
        bind_contextvars(trace_id=format_trace_id(span.get_span_context().trace_id))
        return OperationTrace(self._tracer, span, self._database)


class OperationTrace:
    """The spans of an operation."""

    def __init__(self, tracer: Tracer, span: Span, database: str) -> None:
        self._tracer = tracer
        self._span = span
        self._context = set_span_in_context(span, Context())
        self._database = database

    def statement(self, sql: str) -> Callable[[BaseException | None], None]:
        """Begins the span of a statement. Returns the function to call when it has ended, with its exception."""
        attributes = {"db.system.name": self._database, "db.query.text": sql}
        span = self._tracer.start_span(sql.split(None, 1)[0], self._context, SpanKind.CLIENT, attributes)

        def end(error: BaseException | None) -> None:
            if error is not None:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
            span.end()

        return end

    def end(self, caller: Caller, facts: OperationFacts | None, deadline: Deadline, outcome: Outcome) -> None:
        """Ends the span of the operation."""
        span = self._span
        span.set_attribute("muster.outcome", outcome)
        span.set_attribute("muster.account", encode(IdPrefix.ACCOUNT, caller.account_id))
        span.set_attribute("muster.statements", deadline.statement_count)
        if facts is not None:
            kind, name = facts.operation.type.value, facts.name
            span.update_name(kind if name is None else f"{kind} {name}")
            span.set_attribute("graphql.operation.type", kind)
            if name is not None:
                span.set_attribute("graphql.operation.name", name)
            span.set_attribute("muster.cost", facts.cost)
            span.set_attribute("muster.request_id", facts.request_id)
        if outcome is Outcome.FAILED:
            span.set_status(StatusCode.ERROR)
        span.end()
