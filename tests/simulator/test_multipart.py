"""Upload bodies as different clients write them (API reference §8.2)."""

from __future__ import annotations

import pytest

from local.simulator.org_sync.multipart import FilePart, boundary_of

POWERSHELL = (
    b'------b-1\r\nContent-Disposition: form-data; name="uploadedfile"; filename="AccountCenterImport.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\ninvited_email_address\r\na@example.com\r\n------b-1--\r\n"
)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ('multipart/form-data;boundary= "----b-1"', POWERSHELL),
        ("multipart/form-data", POWERSHELL),
        ("multipart/form-data; boundary=----b-1", POWERSHELL.replace(b"\r\n", b"\n")),
        ("multipart/form-data; boundary=----b-1", POWERSHELL.replace(b"com\r\n--", b"com--")),
        (
            "multipart/form-data; boundary=----b-1",
            b'------b-1\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n' + POWERSHELL,
        ),
    ],
)
def test_bodies_of_other_makers_are_read_however_they_are_cut(content_type: str, body: bytes) -> None:
    for size in (1, 7, len(body)):
        found = bytearray()
        part = FilePart(boundary_of(content_type), found.extend)
        for place in range(0, len(body), size):
            part.feed(body[place : place + size])
        assert part.finish()
        assert bytes(found).replace(b"\r\n", b"\n").rstrip(b"\n") == b"invited_email_address\na@example.com"
