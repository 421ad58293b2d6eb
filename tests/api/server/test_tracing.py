"""OpenTelemetry traces: a span for each operation and statement, in the trace of the client, and ids in the log."""

import io
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from schema.ids import IdPrefix, encode
from tests.support.servers.http_client import SOMEBODYS_NUMBER
from tests.support.servers.running_server import running_server
from tests.support.servers.webhook_receiver import receiving

QUERY = f"""query FindSomebody {{
    contacts(first: 7, filter: {{phones: ["{SOMEBODYS_NUMBER}"]}}) {{ totalCount nodes {{ id }} }}
}}"""
CREATE = """mutation Create($phone: PhoneNumber!) {
    createContact(input: {contact: {phone: $phone}}) { contact { phone } }
}"""
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
HEADERS = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "it"}


def attributes(span: Span) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


@pytest.mark.parametrize("http", ["auto", "web.http.fast_path:DirectProtocol"])
async def test_operations_and_statements_have_spans_in_the_trace_of_the_client(
    database_url: str, database_kind: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, http: str
) -> None:
    async with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.port}")
        options: dict[str, Any] = {"traces": True, "slow_operation_seconds": 0, "access_log": True}
        async with running_server(database_url, http=http, **options) as served:
            async with served.client() as client:
                await client.post("/graphql", json={"query": QUERY}, headers=HEADERS)
                variables = {"phone": SOMEBODYS_NUMBER}
                await client.post("/graphql", json={"query": CREATE, "variables": variables})
                await client.post("/graphql", json={"query": "{ nothing }"})
            async with served.socket(additional_headers=HEADERS) as socket:
                await socket.subscribe(QUERY)
                await socket.receive()
            account = encode(IdPrefix.ACCOUNT, served.api.account_id)
    exported = [ExportTraceServiceRequest.FromString(each.content) for each in receiver.deliveries]
    resources = [each for request in exported for each in request.resource_spans]
    spans = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    by_name = {span.name: span for span in spans if span.kind == Span.SPAN_KIND_SERVER}
    system = "postgresql" if database_kind == "postgres" else "sqlite"

    assert receiver.deliveries[0].path == "/v1/traces"
    [service] = [each.value.string_value for each in resources[0].resource.attributes if each.key == "service.name"]
    assert service == "muster"
    assert by_name.keys() == {"query FindSomebody", "mutation Create", "operation"}
    finding = [span for span in spans if span.name == "query FindSomebody"]
    assert {(span.trace_id.hex(), span.parent_span_id.hex()) for span in finding} == {(TRACE, PARENT)}
    assert len(finding) == 2
    known = attributes(finding[0])
    assert known.pop("muster.cost") > 0
    assert known == {
        "graphql.operation.name": "FindSomebody",
        "graphql.operation.type": "query",
        "muster.account": account,
        "muster.outcome": "ok",
        "muster.request_id": "it",
        "muster.statements": 2,
    }
    statements = [span for span in spans if span.parent_span_id == finding[0].span_id]
    assert [(span.name, span.trace_id.hex()) for span in statements] == [("SELECT", TRACE)] * 2
    assert attributes(statements[0])["db.system.name"] == system
    created = by_name["mutation Create"]
    assert created.trace_id.hex() != TRACE
    writes = [span for span in spans if span.parent_span_id == created.span_id]
    assert attributes(created)["muster.statements"] == len(writes) > 0
    assert attributes(by_name["operation"])["muster.outcome"] == "refused"
    assert {span.status.code for span in spans} == {Status.STATUS_CODE_UNSET}
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano > 0 for span in spans)
    assert SOMEBODYS_NUMBER not in str(exported)

    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    traced = [line["trace_id"] for line in lines if line["event"] in ("an operation was slow", "answered")]
    assert traced == [TRACE, TRACE, created.trace_id.hex(), created.trace_id.hex(), *traced[4:]]
    assert traced[-1] == TRACE
