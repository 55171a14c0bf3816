"""The paid address, as clients of the service's document use it."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from defusedxml import ElementTree
from raw_http import RawClient, form, paid_request

from kiosk.clock import ManualClock
from kiosk.sandbox.server import Sandbox

VIN = "1HGCM82633A004352"


def post(
    sandbox, picture: bytes, query: str = "accesscode=good&format=JSON", name: str = "anyName"
):
    return requests.post(f"{sandbox.url}?{query}", files={name: ("l.png", picture)}, timeout=10)


def test_a_label_is_read_and_costs_one_credit(sandbox, label):
    answer = post(sandbox, label(), "accesscode=good&vindecode=TRUE&format=JSON&saveimage=TRUE")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    result = answer.json()
    assert result["vin_captured"] == VIN
    assert (result["vindecode"]["make"], result["vindecode"]["year"]) == ("Honda", 2003)
    assert result["left"] == pytest.approx(60, abs=30)
    (entry,) = sandbox.journal().requests
    assert entry.sha256 == hashlib.sha256(label()).hexdigest()
    assert (entry.complete, entry.status, entry.key, entry.charged) == (True, 200, None, True)
    assert sandbox.journal().credits == 999


def test_xml_without_decode_is_the_default(sandbox, label):
    answer = post(sandbox, label(), "accesscode=good")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert [child.tag for child in ElementTree.fromstring(answer.text)] == [
        "VIN_Captured",
        "Left",
        "Top",
        "Width",
        "Height",
    ]


def test_the_date_is_that_of_the_clock(label):
    with Sandbox(clock=ManualClock(wall=1_615_132_406.0)) as sandbox:
        assert post(sandbox, label()).json()["date"] == "3/7/2021 3:53:26 PM"


@pytest.mark.parametrize("query", ["", "accesscode=", "acccesscode=good", "AccessCode=good"])
def test_without_an_access_code_nobody_pays(sandbox, label, query):
    answer = post(sandbox, label(), query)
    assert answer.status_code == 200
    assert 'Key="29"' in answer.text
    (entry,) = sandbox.journal().requests
    assert (entry.key, entry.charged) == (29, False)


def test_a_wrong_access_code_has_no_result(label):
    with Sandbox(codes={"good", "better"}) as sandbox:
        wrong = post(sandbox, label(), "accesscode=bad")
        assert wrong.status_code == 401
        assert "bad" not in wrong.text
        assert post(sandbox, label()).status_code == 200
        first, second = sandbox.journal().requests
    assert (first.status, first.charged) == (401, False)
    assert second.charged


def test_no_picture_is_key_25(sandbox):
    answer = requests.post(f"{sandbox.url}?accesscode=good&format=JSON", data={"a": 1}, timeout=10)
    assert answer.json()["message_key"] == 25
    assert answer.json()["status"] == "FAILED"
    (entry,) = sandbox.journal().requests
    assert (entry.sha256, entry.complete, entry.charged) == (None, True, True)


@pytest.mark.parametrize("picture", [b"no picture", b"\x89PNG\r\n\x1a\nbroken"])
def test_an_unreadable_picture_is_key_26_and_paid(sandbox, picture):
    assert post(sandbox, picture).json()["message_key"] == 26
    (entry,) = sandbox.journal().requests
    assert (entry.key, entry.charged) == (26, True)


def test_two_files_are_refused(sandbox, label):
    files = {"one": ("a.png", label()), "two": ("b.png", label())}
    answer = requests.post(f"{sandbox.url}?accesscode=good", files=files, timeout=10)
    assert answer.status_code == 400
    assert not sandbox.journal().requests[0].charged


def test_form_data_without_an_end_is_refused(sandbox, label):
    with RawClient(sandbox) as client:
        client.send(paid_request(form(label())[:-30]))
        assert client.answer()[0].status == 400
    (entry,) = sandbox.journal().requests
    assert (entry.complete, entry.charged) == (False, False)


def test_an_empty_account_is_key_23_and_stays_empty(label):
    with Sandbox(credits=1) as sandbox:
        keys = [post(sandbox, label()).json().get("message_key") for _ in range(3)]
        assert keys == [None, 23, 23]
        journal = sandbox.journal()
        assert (journal.credits, journal.charged) == (0, 1)
        sandbox.set_credits(1)
        assert "vin_captured" in post(sandbox, label()).json()


def test_the_last_credit_is_spent_once_by_many_at_once(label):
    with Sandbox(credits=1) as sandbox:
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: post(sandbox, label()).json(), range(6)))
        assert sorted(answer["status"] for answer in answers) == ["FAILED"] * 5 + ["SUCCESS"]
        assert sandbox.journal().charged == 1


def test_a_page_from_elsewhere_may_read_the_result(sandbox, label):
    assert post(sandbox, label()).headers["access-control-allow-origin"] == "*"


def test_the_books_outlive_the_sandbox(tmp_path, label):
    file = tmp_path / "journal"
    with Sandbox(credits=5, journal_file=file) as sandbox:
        post(sandbox, label())
        before = sandbox.journal()
    with Sandbox(credits=5, journal_file=file) as sandbox:
        assert sandbox.journal() == before
        assert before.credits == 4


def test_the_access_code_is_kept_nowhere(tmp_path, label, capfd):
    file = tmp_path / "journal"
    with Sandbox(codes={"TOP-SECRET"}, journal_file=file) as sandbox:
        post(sandbox, label(), "accesscode=TOP-SECRET")
        answer = post(sandbox, label(), "accesscode=TOP-SECRET-2")
        books = requests.get(f"{sandbox.control_url}journal", timeout=10).text
    assert "SECRET" not in file.read_text() + answer.text + books + "".join(capfd.readouterr())


def test_a_journal_that_cannot_be_written_charges_nobody(tmp_path, label, monkeypatch):
    with Sandbox(journal_file=tmp_path / "journal") as sandbox:

        def full(_fd):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("os.fdatasync", full)
            assert post(sandbox, label()).status_code == 500
        assert sandbox.journal().requests == ()
        assert post(sandbox, label()).status_code == 200
        assert sandbox.journal().credits == 999


def test_the_control_addresses(sandbox, label):
    def control(name, **json_body):
        address = sandbox.control_url + name
        if json_body:
            return requests.post(address, json=json_body, timeout=10)
        return requests.get(address, timeout=10)

    post(sandbox, label())
    assert control("journal").json() == {
        "requests": [
            {
                "seq": 1,
                "sha256": hashlib.sha256(label()).hexdigest(),
                "complete": True,
                "status": 200,
                "key": None,
                "charged": True,
            }
        ],
        "credits": 999,
    }
    assert control("credits", credits=3).json() == control("credits").json() == {"credits": 3}
    assert control("faults", key_26=1).json() == {"faults": {"key_26": 1.0}}
    assert control("faults").json()["faults"] == {"key_26": 1.0}
    assert {fault["name"] for fault in control("faults").json()["known"]} > {"refuse", "stall"}
    assert post(sandbox, label()).json()["message_key"] == 26
    assert requests.post(sandbox.control_url + "faults", data="{}", timeout=10).json() == {
        "faults": {}
    }
    assert "vin_captured" in post(sandbox, label()).json()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("faults", '{"no_such": 1}', "reset_after_tail"),
        ("faults", '{"slow": 2}', "slow"),
        ("faults", "[]", "JSON"),
        ("faults", '{"slow": "often"}', "JSON"),
        ("credits", "{}", "JSON"),
        ("credits", '{"credits": -1}', "-1"),
        ("credits", "\udcff", "JSON"),
    ],
)
def test_a_wrong_order_is_told_and_changes_nothing(sandbox, name, data, words):
    address = sandbox.control_url + name
    answer = requests.post(address, data=data.encode("utf-8", "surrogateescape"), timeout=10)
    assert answer.status_code == 400
    assert words in answer.text
    assert requests.get(sandbox.control_url + "faults", timeout=10).json()["faults"] == {}
    assert sandbox.journal().credits == 1000


def test_the_page_holds_the_form_and_every_fault(sandbox):
    answer = requests.get(sandbox.origin + "/", timeout=10)
    assert answer.headers["content-type"].startswith("text/html")
    assert 'enctype="multipart/form-data"' in answer.text
    assert "/vinbarcode/v2?accesscode=sandbox&amp;vindecode=TRUE" in answer.text
    known = requests.get(sandbox.control_url + "faults", timeout=10).json()["known"]
    assert all(fault["name"] in answer.text for fault in known)


def test_other_addresses_and_methods(sandbox):
    assert requests.get(sandbox.origin + "/favicon.ico", timeout=10).status_code == 404
    assert requests.get(sandbox.url, timeout=10).headers["allow"] == "POST"
    wrong = requests.delete(sandbox.control_url + "faults", timeout=10)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    head = requests.head(sandbox.origin + "/", timeout=10)
    assert (head.status_code, head.content) == (200, b"")
    assert sandbox.journal().requests == ()


def test_json_results_are_json_to_any_client(sandbox, label):
    with RawClient(sandbox) as client:
        client.send(paid_request(form(label())))
        response, body = client.answer()
    assert response.getheader("Content-Length") == str(len(body))
    assert json.loads(body)["vin_captured"] == VIN
