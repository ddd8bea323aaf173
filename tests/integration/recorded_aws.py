"""AWS on this machine that notes which function does what, and refuses nothing.

A request is an action on the ARN of a resource (`local.permissions`). What a request needs besides is added here:

- An object that is not there is answered with 404 only to who may list the bucket, with 403 otherwise (Amazon S3 API
  Reference, GetObject and HeadObject).
- A conditional write that another has won is followed by a look at what is there (`Bucket`).
- Objects, messages and secrets are encrypted with the stack's key, which S3, SQS and Secrets Manager use in the
  caller's name (AWS KMS Developer Guide, `kms:ViaService`): what reads decrypts, and what writes needs a data key. A
  message and an upload in several parts need both (Amazon SQS Developer Guide, "Key management"; Amazon S3 API
  Reference, CreateMultipartUpload).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local.aws_server import Application, LocalAws
from local.permissions import Access, accesses
from local.place import ACCOUNT, PERMISSIONS_PATH, REGION

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/Key"
_CREDENTIAL = re.compile(r"Credential=local-(\w+)/[^/]+/[^/]+/([^/]+)/")
_DECRYPT, _DATA_KEY = "kms:Decrypt", "kms:GenerateDataKey"
_USES_OF_THE_KEY = {
    "s3:GetObject": {_DECRYPT},
    "s3:GetObjectVersion": {_DECRYPT},
    "s3:PutObject": {_DATA_KEY},
    "s3:AbortMultipartUpload": {_DECRYPT, _DATA_KEY},
    "sqs:ReceiveMessage": {_DECRYPT},
    "sqs:SendMessage": {_DECRYPT, _DATA_KEY},
    "secretsmanager:GetSecretValue": {_DECRYPT},
}


@dataclass(frozen=True, order=True)
class Recorded:
    """A function's action on a resource; `via` is the service that uses the key for it."""

    function: str
    action: str
    resource: str
    via: str = ""


class RecordedAws:
    """A WSGI application; `seen` is everything that functions did."""

    def __init__(self) -> None:
        self.seen: set[Recorded] = set()
        self._aws: Application = LocalAws()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PERMISSIONS_PATH:
            # The functions' policies are held against what was seen, so that everything that is denied is named.
            start_response("200 OK", [("Content-Length", "0")])
            return [b""]
        found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if found is None:
            return self._aws(environ, start_response)
        function, service = found.groups()
        done = list(accesses(service, environ))
        if "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MATCH" in environ:
            done.append(Access("s3:GetObject", done[0].resource))
        for access in done:
            self.note(function, access.action, access.resource)

        def answered(status: str, headers: Any, *more: Any) -> Any:
            if service == "s3" and status.startswith("404"):
                self.note(function, "s3:ListBucket", done[0].resource.partition("/")[0])
            return start_response(status, headers, *more)

        return self._aws(environ, answered)

    def note(self, function: str, action: str, resource: str) -> None:
        """Note an action, and how it uses the key."""
        self.seen.add(Recorded(function, action, resource))
        via = f"{action.partition(':')[0]}.{REGION}.amazonaws.com"
        self.seen |= {Recorded(function, use, KEY, via) for use in _USES_OF_THE_KEY.get(action, ())}
