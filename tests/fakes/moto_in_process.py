"""moto in this process, beside the moto server that other tests of the process share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws


@contextmanager
def moto_in_process() -> Iterator[None]:
    """Answer boto3 by moto; give what is created a name of its own.

    All of moto's data in a process is one, and `mock_aws` would delete it: also what the server of
    `local.in_process_aws` holds for the whole session.
    """
    mock = mock_aws()
    mock.start(reset=False)
    try:
        yield
    finally:
        mock.stop(remove_data=False)
