from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.duplicates.error_signatures import MOST_FRAMES, find_marks, hash_mark


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("\tat org.apache.hdfs.Foo$1.run(Foo.java:123)", "frame:org.apache.hdfs.Foo.run"),
        ('  File "/home/mona/c.py", line 12, in foo', "frame:c.py:foo"),
        ("    at Router.handle (/srv/app/router.js:10:2)", "frame:Router.handle"),
        ("    at async load (/srv/app/load.js:1:2)", "frame:load"),
        ("#0  0x00007f11 in nsFoo::Bar (this=0x0) at foo.cpp:12", "frame:nsFoo::Bar"),
        ("nsFoo::Baz [foo.cpp, line 123]", "frame:nsFoo::Baz"),
        ("ntdll.dll!RtlFoo+0x12", "frame:ntdll.dll:RtlFoo"),
        ("github.com/octo-org/x.(*T).Run(0xc000, 0x1)", "frame:x.(*T).Run"),
        ("from app/b.rb:12:in `bar'", "frame:b.rb:bar"),
        ("It answered HTTP 503.", "code:http 503"),
        ("it exited with code 137", "code:exit 137"),
        ("ValueError: cannot find user 12 in /tmp/x", "says:cannot find user in"),
    ],
)
def test_what_is_recognised(line: str, mark: str) -> None:
    assert mark in find_marks(f"It failed.\n{line}\n")


def test_the_same_failure_elsewhere_gives_the_same_marks() -> None:
    first = "Error: cannot open /home/mona/data.db after 12 tries\n  at Foo.open (/home/mona/foo.js:12:3)"
    second = "Error: cannot open /srv/x/other.db after 7 tries\n  at Foo.open (/srv/x/foo.js:99:1)"
    assert find_marks(first) == find_marks(second) != ()


def test_prose_has_no_marks() -> None:
    assert find_marks("I look at the list (below) and see:\nfrom time to time it is empty.") == ()


def test_the_number_of_frames_is_bounded() -> None:
    trace = "\n".join(f"\tat a.b.C.run{chr(97 + n % 26)}{chr(97 + n // 26)}(C.java:1)" for n in range(200))
    assert len(find_marks(trace)) == MOST_FRAMES


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    for mark in find_marks(text):
        assert -(1 << 63) <= hash_mark(mark) < 1 << 63
        assert "\n" not in mark
