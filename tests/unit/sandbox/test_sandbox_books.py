import resource
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.errors import MachineError, StateLockedError, UsageError
from kiosk.sandbox.books import Books
from kiosk.sandbox.journal_file import Entry


def test_a_charge_takes_one_credit():
    books = Books.open(None, 2)
    entry = books.book(sha256="a", complete=True, status=200, charge=True)
    assert entry == Entry(1, "a", complete=True, status=200, key=None, charged=True)
    books.book(sha256=None, complete=False)
    journal = books.journal()
    assert journal.credits == 1
    assert journal.charged == 1
    assert [entry.seq for entry in journal.requests] == [1, 2]


def test_an_empty_account_is_never_overdrawn_by_many_at_once():
    books = Books.open(None, 3)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: books.book(sha256="a", complete=True, charge=True), range(40)))
    journal = books.journal()
    assert (journal.credits, journal.charged) == (0, 3)
    assert [entry.key for entry in journal.requests].count(23) == 37
    assert {entry.seq for entry in journal.requests} == set(range(1, 41))


def test_an_empty_account_still_takes_what_is_free():
    books = Books.open(None, 0)
    assert books.book(sha256=None, complete=True, status=400).key is None


def test_waiting_for_a_request_that_never_comes_ends():
    assert Books.open(None, 1).journal(at_least=1, timeout_s=0.01).requests == ()


def test_an_account_holds_no_debt():
    with pytest.raises(UsageError, match="-1"):
        Books.open(None, 1).set_credits(-1)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.booleans()),
        st.tuples(st.just("credits"), st.integers(0, 3)),
        st.tuples(st.just("amend"), st.booleans()),
        st.tuples(st.just("restart"), st.integers(0, 9)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(_STEPS)
def test_the_books_are_the_same_after_every_restart(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("books") / "journal"
    books = Books.open(path, 2)
    entry = books.book(sha256=None, complete=False)
    for step, value in steps:
        before = books.journal()
        if step == "book":
            entry = books.book(sha256="a", complete=True, status=200, charge=value)
            paid = value and before.credits > 0
            assert entry.charged == paid
            assert books.journal().credits == before.credits - paid
        elif step == "credits":
            books.set_credits(value)
        elif step == "amend":
            books.amend(entry, sha256="b", complete=value)
        else:
            books.close()
            books = Books.open(path, value)
            assert books.journal() == before
    books.close()


@pytest.mark.parametrize("torn", [b"{", b'{"entry":null,"credits":4', b"\x00\x00"])
def test_a_line_torn_by_a_crash_is_cut_off(tmp_path, torn):
    path = tmp_path / "journal"
    books = Books.open(path, 5)
    books.book(sha256="a", complete=True, charge=True)
    books.close()
    path.write_bytes(path.read_bytes() + torn)
    books = Books.open(path, 99)
    assert books.journal().credits == 4
    books.book(sha256="b", complete=True, charge=True)
    books.close()
    books = Books.open(path, 99)
    assert [entry.sha256 for entry in books.journal().requests] == ["a", "b"]
    books.close()


def test_a_file_that_is_no_journal_is_left_alone(tmp_path):
    path = tmp_path / "letter"
    path.write_text('{"entry":null,"credits":1}\nDear reader\n')
    before = path.read_bytes()
    with pytest.raises(UsageError, match="line 2"):
        Books.open(path, 1)
    assert path.read_bytes() == before


def test_two_sandboxes_never_keep_the_same_books(tmp_path):
    books = Books.open(tmp_path / "journal", 1)
    with pytest.raises(StateLockedError):
        Books.open(tmp_path / "journal", 1)
    books.close()
    Books.open(tmp_path / "journal", 1).close()


def test_a_journal_that_cannot_be_opened(tmp_path):
    with pytest.raises(MachineError, match="missing"):
        Books.open(tmp_path / "missing" / "journal", 1)


def test_a_full_disk_charges_nothing_and_leaves_whole_lines(tmp_path):
    path = tmp_path / "journal"
    books = Books.open(path, 5)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.stat().st_size
    for room in (0, 5):  # nothing, or only the beginning of a line, can be written
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, limits[1]))
        try:
            with pytest.raises(MachineError, match="journal"):
                books.book(sha256="a", complete=True, charge=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.stat().st_size == size
    assert books.journal().credits == 5
    books.book(sha256="a", complete=True, charge=True)
    books.close()
    books = Books.open(path, 1)
    assert books.journal().credits == 4
    books.close()
