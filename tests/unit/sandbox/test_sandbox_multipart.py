import hashlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from raw_http import BOUNDARY, FORM_TYPE, form

from kiosk.sandbox.multipart import FilePart, read_upload

PICTURE = b"\x89PNG\r\n\x1a\n--0123\r\n\r\n\x00\xff" * 20


def test_a_file_comes_out_byte_for_byte():
    upload = read_upload(FORM_TYPE, form(PICTURE))
    assert upload.files == (FilePart(PICTURE, whole=True),)
    assert upload.closed
    assert upload.sha256 == hashlib.sha256(PICTURE).hexdigest()


@pytest.mark.parametrize(
    ("boundary", "opening", "disposition", "closing"),
    [
        # as the document's samples send it: Java, with a boundary of hyphens and a misspelt name
        ("--", "", 'form-data; name "file"; filename="a.gif"', ""),
        # Swift: a line end before the first delimiter, no name at all
        ("6F1A-22", "\r\n", 'form-data; filename="a.png"', "\r\n"),
        # as C# sends it, with quotes, which the standard allows
        ('"---------------------8d9"', "", 'form-data; name="file"; filename="a.jpg"', "\r\n"),
        # a name outside ASCII (RFC 5987)
        ("b", "preamble\r\n", "form-data; name=f; filename*=UTF-8''%C3%A4.png", "\r\nepilogue"),
    ],
)
def test_the_document_s_other_clients_are_understood(boundary, opening, disposition, closing):
    plain = boundary.strip('"')
    head = f"{opening}--{plain}\r\nContent-Disposition: {disposition}\r\nContent-Type: x/y\r\n\r\n"
    body = head.encode() + PICTURE + f"\r\n--{plain}--{closing}".encode()
    upload = read_upload(f"multipart/form-data; boundary={boundary}", body)
    assert upload.files == (FilePart(PICTURE, whole=True),)
    assert upload.closed


def test_fields_without_a_file_name_and_empty_files_are_no_files():
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n'.encode()
    bare = f"--{BOUNDARY}\r\n\r\nno header\r\n".encode()
    assert read_upload(FORM_TYPE, field + bare + form(PICTURE)).files == (
        FilePart(PICTURE, whole=True),
    )
    assert read_upload(FORM_TYPE, field + form(b"")).files == ()


def test_two_files_are_two():
    assert [part.data for part in read_upload(FORM_TYPE, form(b"one", b"two")).files] == [
        b"one",
        b"two",
    ]


@pytest.mark.parametrize(
    "content_type", ["", "image/png", "multipart/form-data", "text/x; boundary=b"]
)
def test_another_content_type_holds_no_file(content_type):
    upload = read_upload(content_type, form(PICTURE))
    assert upload.files == ()
    assert upload.sha256 is None


def test_a_cut_anywhere_tells_what_came():
    body = form(PICTURE)
    start = body.index(PICTURE)
    delimiter_seen = start + len(PICTURE) + len(f"\r\n--{BOUNDARY}")
    for cut in range(len(body)):
        upload = read_upload(FORM_TYPE, body[:cut])
        assert upload.closed == (cut >= delimiter_seen + 2)
        if cut <= start:
            assert upload.files == ()
        else:
            (part,) = upload.files
            assert part.whole == (cut >= delimiter_seen)
            assert part.data == (PICTURE if part.whole else body[start:cut])


def test_a_text_that_only_begins_like_the_delimiter_is_data():
    picture = f"a\r\n--{BOUNDARY}Z\r\nb".encode()
    assert read_upload(FORM_TYPE, form(picture)).files == (FilePart(picture, whole=True),)


_PIECES = st.sampled_from(
    [
        f"--{BOUNDARY}".encode(),
        b"\r\n",
        b"\r",
        b"--",
        b" ",
        b'Content-Disposition: form-data; filename="x"',
        b"data",
    ]
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=30).map(b"".join))
@example(b"")
def test_any_arrangement_of_the_pieces_is_read(body):
    for part in read_upload(FORM_TYPE, body).files:
        delimiter = f"\r\n--{BOUNDARY}".encode() if part.whole else b""
        assert part.data
        assert part.data + delimiter in body


@settings(deadline=None)
@given(st.text(max_size=60), st.binary(max_size=300))
def test_any_bytes_are_read(content_type, body):
    read_upload(f"multipart/form-data; boundary={content_type}", body)
