"""`python -m local.aws_server`: AWS on this machine (moto), in a process of its own.

Prints `{"port": N}` when it listens and ends when its stdin does.
"""

from __future__ import annotations

import argparse
import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.processes import end_with_stdin

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class OneConditionalWriteAtATime:
    """S3 decides conditional writes one after the other; moto looks and writes in two steps, and others run between."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        writes = environ["REQUEST_METHOD"] in {"PUT", "POST"}
        if writes and ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ):
            with self._lock:
                return self._application(environ, start_response)
        return self._application(environ, start_response)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = OneConditionalWriteAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server(arguments.host, arguments.port, application, threaded=True, request_handler=MotoRequestHandler)
    end_with_stdin()
    print(json.dumps({"port": server.port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
