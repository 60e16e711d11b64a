"""ETags, pages, addresses and paths."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.github.errors import GitHubError
from rulewright.github.exchange import ETagCache
from rulewright.github.transport import HttpResponse
from rulewright.github.urls import Address, next_page, path
from rulewright.policy.diagnostics import UsageError


def numbered(*numbers: int) -> list[dict[str, int]]:
    return [{"number": number} for number in numbers]


def test_what_has_not_changed_is_not_sent_again(client, server, reply):
    server.script = [reply(body={"a": [1]}, headers={"ETag": 'W/"1"'}), reply(304), reply(304)]
    first = client.get("/x")
    first["a"].append("changed by the caller")
    assert client.get("/x") == {"a": [1]}
    assert client.get("/x") == {"a": [1]}
    assert [seen.headers.get("if-none-match") for seen in server.seen] == [None, 'W/"1"', 'W/"1"']


def test_what_has_changed_is_kept_anew(client, server, reply):
    server.script = [
        reply(body={"number": 1}, headers={"ETag": '"1"'}),
        reply(body={"number": 2}, headers={"ETag": '"2"'}),
        reply(304),
        reply(body={"number": 3}),
        reply(body={"number": 4}),
    ]
    assert [client.get("/x") for _ in range(5)] == numbered(1, 2, 2, 3, 4)
    assert [seen.headers.get("if-none-match") for seen in server.seen] == [None, '"1"', '"2"', '"2"', None]


def test_parameters_are_part_of_what_is_kept(client, server, reply):
    server.script = [reply(body={"number": 1}, headers={"ETag": '"1"'}), reply(body={"number": 2})]
    assert [client.get("/x", {"state": "open"}), client.get("/x", {"state": "closed"})] == numbered(1, 2)


def test_a_write_makes_all_that_is_kept_old(client, server, reply):
    server.script = [
        reply(body={"number": 1}, headers={"ETag": '"1"'}),
        reply(502, {}),
        reply(body={}),
        reply(body={"number": 2}),
    ]
    client.get("/x")
    client.send("PATCH", "/y", {})
    assert client.get("/x") == {"number": 2}
    assert "if-none-match" not in server.seen[3].headers


def test_a_refusal_is_not_kept(client, server, reply):
    server.script = [reply(404, {}, {"ETag": '"1"'}), reply(body={"number": 2})]
    with pytest.raises(GitHubError):
        client.get("/x")
    client.get("/x")
    assert "if-none-match" not in server.seen[1].headers


def test_pages_come_from_what_is_kept_too(client, server, reply):
    more = {"Link": f'<{server.url}/x?page=2>; rel="next"', "ETag": '"1"'}
    server.script = [
        reply(body=numbered(1), headers=more),
        reply(body=numbered(2), headers={"ETag": '"2"'}),
        reply(304),
        reply(304),
    ]
    assert list(client.pages("/x")) == numbered(1, 2) == list(client.pages("/x"))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=40))
def test_what_is_kept_stays_within_its_bound(answers):
    etags, newest = ETagCache(bound=100), {}
    for url, size in answers:
        etags.keep(url, HttpResponse(200, {"etag": url}, b"x" * size))
        newest[url] = size
    kept = [url for url in newest if etags.etag(url) is not None]
    assert sum(len(etags.answer(url).body) for url in kept) <= 100
    assert all(len(etags.answer(url).body) == newest[url] <= 25 for url in kept)


def test_the_least_lately_used_is_forgotten_first():
    etags = ETagCache(bound=100)
    for url in "abcd":
        etags.keep(url, HttpResponse(200, {"etag": url}, b"x" * 25))
    etags.answer("a")
    etags.keep("e", HttpResponse(200, {"etag": "e"}, b"x" * 25))
    assert [url for url in "abcde" if etags.etag(url)] == ["a", "c", "d", "e"]
    etags.forget()
    assert etags.etag("a") is None


def linked(server, reply, *pages):
    replies = []
    for at, items in enumerate(pages, 1):
        link = f'<{server.url}/x?page={at + 1}>; rel="next", <{server.url}/x?page=9>; rel="last"'
        replies.append(reply(body=items, headers={"Link": link} if at < len(pages) else {}))
    return replies


def test_pages_are_followed_to_the_end(client, server, reply):
    server.script = linked(server, reply, numbered(1, 2), [], numbered(3))
    assert list(client.pages("/x", {"state": "all", "since": None, "flag": True})) == numbered(1, 2, 3)
    assert server.seen[0].path == "/x?per_page=100&state=all&flag=true"


@pytest.mark.parametrize(
    ("limit", "items", "requests"), [(0, [], 0), (1, [1], 1), (2, [1, 2], 1), (3, [1, 2, 3], 2)]
)
def test_no_more_pages_than_asked_for(limit, items, requests, client, server, reply):
    server.script = linked(server, reply, numbered(1, 2), numbered(3, 4))
    assert list(client.pages("/x", limit=limit)) == numbered(*items)
    assert len(server.seen) == requests


def test_pages_are_fetched_when_needed(client, server, reply):
    server.script = linked(server, reply, numbered(1), numbered(2))
    pages = client.pages("/x")
    assert (next(pages), len(server.seen)) == ({"number": 1}, 1)
    assert (next(pages), len(server.seen)) == ({"number": 2}, 2)


def test_the_list_of_a_search_stands_inside(client, server, reply):
    server.script = [
        reply(body={"total_count": 1, "items": numbered(1)}),
        reply(body={"check_runs": numbered(2)}),
    ]
    assert list(client.pages("/search/issues", {"q": "is:open a&b"})) == numbered(1)
    assert list(client.pages("/x", member="check_runs")) == numbered(2)
    assert server.seen[0].path == "/search/issues?per_page=100&q=is%3Aopen+a%26b"


@pytest.mark.parametrize("body", [{"a": 1}, [1], [None], "x", None, [[]]])
def test_what_is_no_list_of_objects_is_said(client, server, reply, body):
    server.always = reply(body=body)
    with pytest.raises(GitHubError, match="not a list of objects"):
        list(client.pages("/x"))


@pytest.mark.parametrize("body", [[], None, 5, "x", [{}]])
def test_what_is_no_object_is_said(client, server, reply, body):
    server.always = reply(body=body)
    with pytest.raises(GitHubError, match="not an object"):
        client.get("/x")


def test_pages_do_not_lead_to_another_host(client, server, make_server, reply):
    other = make_server()
    server.script = [reply(body=numbered(1), headers={"Link": f'<{other.url}/x?page=2>; rel="next"'})]
    pages = client.pages("/x")
    assert next(pages) == {"number": 1}
    with pytest.raises(GitHubError, match="another host"):
        next(pages)
    assert other.seen == []


def test_pages_in_a_circle_end(client, server, reply):
    server.always = reply(body=numbered(1), headers={"Link": f'<{server.url}/x?page=2>; rel="next"'})
    with pytest.raises(GitHubError, match="pagination loop"):
        list(client.pages("/x"))
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("link", "page"),
    [
        (None, None),
        ("", None),
        ('<https://h/api/v3/x?page=2>; rel="next"', "https://h/api/v3/x?page=2"),
        (
            '<https://h/api/v3/x?page=9>; rel="last", </api/v3/x?page=2>; rel=next',
            "https://h/api/v3/x?page=2",
        ),
        ('<https://h/api/v3/x?a=1,2;b>; title="a, b"; rel="prev next"', "https://h/api/v3/x?a=1,2;b"),
        ('<https://h/api/v3/x>; rel="last"; title="rel=next"', None),
        ('<https://h/api/v3/x>; rel="nextish"', None),
        ("<https://h/api/v3/x", None),
    ],
)
def test_the_next_page_of_a_link_header(link, page):
    assert next_page(link, Address.read("https://h/api/v3"), "https://h/api/v3/x") == page


@pytest.mark.parametrize(
    "target", ["https://h.evil/api/v3/x", "https://h/other", "http://h/api/v3/x", "//evil/x", "http://[x"]
)
def test_the_next_page_is_within_the_api(target):
    with pytest.raises(GitHubError, match="another host"):
        next_page(f'<{target}>; rel="next"', Address.read("https://h/api/v3"), "https://h/api/v3/x")


@pytest.mark.parametrize(
    ("url", "base", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.github.com/", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://ghe.example/api/v3", "https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
        (
            "https://ghe.example:8443/api/v3/",
            "https://ghe.example:8443/api/v3",
            "https://ghe.example:8443/api/graphql",
        ),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("http://127.0.0.1:80/api/v3", "http://127.0.0.1:80/api/v3", "http://127.0.0.1:80/api/graphql"),
    ],
)
def test_where_the_interfaces_are(url, base, graphql):
    assert Address.read(url) == (base, graphql)


@pytest.mark.parametrize(
    "url",
    [
        "http://ghe.example/api/v3",
        "ghe.example",
        "ftp://h",
        "https://",
        "https://user@h",
        "https://u:p@h",
        "https://h:x",
        "https://h?a",
        "https://h#a",
        "https://[",
        "",
    ],
)
def test_a_token_is_sent_to_no_such_address(url):
    with pytest.raises(UsageError, match="address") as caught:
        Address.read(url)
    assert "u:p" not in caught.value.message


def test_an_enterprise_server_is_asked_at_its_own_places(make_client, server, reply):
    client = make_client(server.url + "/api/v3")
    server.script = [
        reply(body=[], headers={"Link": f'<{server.url}/api/v3/x?page=2>; rel="next"'}),
        reply(body=numbered(1)),
        reply(body={"data": {}}),
    ]
    assert list(client.pages("/x")) == numbered(1)
    client.graphql("viewer")
    assert [seen.path for seen in server.seen] == [
        "/api/v3/x?per_page=100",
        "/api/v3/x?page=2",
        "/api/graphql",
    ]
    assert client.api_url == server.url + "/api/v3"


def test_paths_are_filled_in_order():
    assert (
        path("/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", "octo-org/demo", 12, "a/b ?#%é")
        == "/repos/octo-org/demo/issues/12/labels/a%2Fb%20%3F%23%25%C3%A9"
    )
    assert path("/repos/{owner}/{repo}/contents/{path}", "octo-org/demo", "docs/a b.md") == (
        "/repos/octo-org/demo/contents/docs/a%20b.md"
    )
    assert path("/rate_limit") == "/rate_limit"


@pytest.mark.parametrize("part", ["", ".", "..", "\ud800"])
def test_a_part_that_would_name_another_thing_is_refused(part):
    with pytest.raises(UsageError):
        path("/repos/{owner}/{repo}/labels/{name}", "octo-org/demo", part)
    with pytest.raises(UsageError):
        path("/repos/{owner}/{repo}/contents/{path}", "octo-org/demo", f"docs/{part}/x")


@pytest.mark.parametrize("name", ["demo", "a/b/c", "../x", "a/..", "a/b c", "", "a/b\n", "ä/b"])
def test_a_repository_has_an_owner_and_a_name(name):
    with pytest.raises(UsageError, match="repository"):
        path("/repos/{owner}/{repo}", name)


def test_parts_and_places_match():
    with pytest.raises(ValueError, match="too few"):
        path("/users/{username}")
    with pytest.raises(ValueError, match="too many"):
        path("/users/{username}", "mona", "x")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_whatever_a_label_is_called_its_path_is_one_segment(name):
    try:
        filled = path("/repos/{owner}/{repo}/labels/{name}", "octo-org/demo", name)
    except UsageError:
        assert name in ("", ".", "..") or any(0xD800 <= ord(letter) <= 0xDFFF for letter in name)
        return
    assert filled.startswith("/repos/octo-org/demo/labels/")
    assert filled.count("/") == 5
    assert filled.isascii()
    assert not set(filled) & set("?# \r\n")


@pytest.mark.parametrize("bad", ["x", "/x?a=1", "/x#a", "/a/../b"])
def test_only_paths_are_asked_for(bad, client, server):
    with pytest.raises(ValueError, match="not a path"):
        client.get(bad)
    assert server.seen == []


def test_a_label_reaches_the_server_as_it_is(client, server, reply):
    server.always = reply(204)
    client.send(
        "DELETE", path("/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", "o/r", 1, "a/b é%2F")
    )
    assert server.seen[0].path == "/repos/o/r/issues/1/labels/a%2Fb%20%C3%A9%252F"
