"""`python -m local.aws_server`: AWS on this machine (moto), in a process of its own.

Prints `{"port": N}` when it listens and ends when its stdin does.

moto's own server takes a connection for each request and looks the service up among the URL patterns of all services,
which costs more than most answers. This one keeps connections open and takes the service from the request's signature.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import IO, Any, cast
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler

from botocore.utils import parse_to_aware_datetime
from moto.backends import get_backend
from moto.core import serialize
from moto.core.utils import unix_time
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import FakeKey
from moto.sqs.models import Message, SQSBackend

from local.permissions import Permissions
from local.place import ACCOUNT, PERMISSIONS_PATH, QUEUES_PATH, REGION
from local.processes import end_with_stdin

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_SERVICE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")


class LocalAws:
    """moto's services behind the functions' policies, with two extra routes for local runs.

    `PUT /_local/permissions` sets the policies of each access key; `GET /_local/queues` returns, for each queue's
    name, the number of messages that can be received now (`visible`) and of all messages (`total`).
    """

    def __init__(self) -> None:
        list_versions_without_content()
        read_times_as_written()
        read_retention_alone()
        self._permissions = Permissions()
        self._services: dict[str, Application] = {}
        self._starting = threading.Lock()
        self._conditional_write = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PERMISSIONS_PATH:
            self._permissions.set(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            return _answer(start_response, "200 OK", "application/json", b"{}")
        if environ["PATH_INFO"] == QUEUES_PATH:
            return _answer(start_response, "200 OK", "application/json", json.dumps(message_counts()).encode())
        denied = self._permissions.refuse(environ)
        if denied is not None:
            print(f"denied: {denied.access}", file=sys.stderr, flush=True)
            return _answer(start_response, "403 Forbidden", denied.content_type, denied.body)
        service = self._service(environ)
        if "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ:
            # S3 handles conditional writes one after the other; moto checks and writes in two steps.
            with self._conditional_write:
                return list(service(environ, start_response))
        return service(environ, start_response)

    def _service(self, environ: dict[str, Any]) -> Application:
        """Return moto's application for the service that a request was signed for; S3 where it was not signed."""
        found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        name: Any = found[1] if found else "s3"
        if name not in self._services:
            with self._starting:
                self._services.setdefault(name, create_backend_app(name))
        return self._services[name]


def _answer(start_response: Any, status: str, content_type: str, body: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


def message_counts() -> dict[str, dict[str, int]]:
    """Return by queue how many messages can be received now, and how many there are in all."""
    queues = list(get_backend("sqs")[ACCOUNT][REGION].queues.values())
    return {queue.name: {"visible": _visible(queue), "total": len(queue._messages)} for queue in queues}  # noqa: SLF001


def _visible(queue: Any) -> int:
    # In moto a message stays pending after its visibility time-out until the next receive call; and a FIFO group with
    # a message in flight is hidden as a whole.
    messages = [message for message in list(queue._messages) if message.visible and not message.delayed]  # noqa: SLF001
    at_work = {found.group_id for found in list(queue.pending_messages) if not found.visible}
    return sum(not (queue.fifo_queue and message.group_id in at_work) for message in messages)


def list_versions_without_content() -> None:
    """Keep moto from copying the content of every object each time a bucket's versions are listed.

    Its listing changes nothing of a copied object but which version is the latest, and sets that anew each time.
    """
    FakeKey.__deepcopy__ = lambda key, _memo: key  # type: ignore[attr-defined]


def read_times_as_written() -> None:
    """Keep moto from guessing the format of each object's instant in a listing: it is ISO 8601."""

    def parsed(value: Any) -> datetime:
        if isinstance(value, str) and "T" in value:
            return datetime.fromisoformat(value)
        return parse_to_aware_datetime(value)

    serialize.parse_to_aware_datetime = parsed  # type: ignore[attr-defined]


def read_retention_alone() -> None:
    """Keep moto from counting the messages of a queue for each one received, when it needs only their retention."""

    def is_kept(backend: SQSBackend, queue_name: str, message: Any) -> bool:
        queue: Any = backend.get_queue(queue_name)
        return bool(message.sent_timestamp / 1000 + queue.message_retention_period > unix_time())

    SQSBackend.is_message_valid_based_on_retention_period = is_kept  # type: ignore[assignment,method-assign]


def shorten_delays(longest: int) -> None:
    """Make messages that are sent with a delay visible after so many seconds at most."""
    delay = Message.delay

    def delayed(message: Message, delay_seconds: int) -> None:
        delay(message, min(delay_seconds, longest))

    Message.delay = delayed  # type: ignore[assignment,method-assign]


class _RequestHandler(WSGIRequestHandler):
    """Serves a WSGI application over connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        BaseHTTPRequestHandler.handle(self)

    def log_message(self, *_arguments: Any) -> None:
        """Keep no log of requests."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        body = BytesIO(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        environ = {**self.get_environ(), "RAW_URI": self.path}
        output = cast("IO[bytes]", self.wfile)
        handler = ServerHandler(body, output, self.get_stderr(), environ, multithread=True)
        handler.http_version = "1.1"
        handler.request_handler = self  # type: ignore[attr-defined]  # which logs
        handler.run(self.server.application)  # type: ignore[attr-defined]


class AwsServer(ThreadingHTTPServer):
    """An HTTP server for a WSGI application, one thread a connection; `server_port` is its port."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, application: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        self.application = application
        self.base_environ = {"SERVER_NAME": host, "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PORT": "", "SCRIPT_NAME": ""}
        super().__init__((host, port), _RequestHandler)
        self.base_environ["SERVER_PORT"] = str(self.server_port)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a connection's error, except for connections that a killed function has closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--longest-delay", type=int, help="seconds that a message is delayed at most")
    arguments = parser.parse_args()
    if arguments.longest_delay is not None:
        shorten_delays(arguments.longest_delay)
    server = AwsServer(LocalAws(), arguments.host, arguments.port)
    end_with_stdin()
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
