"""Many writes through a server that fails in every way it can: each is done once, whatever happens."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from rulewright.github.errors import GitHubError
from rulewright.github.waiting import RetryPolicy

MODES = (
    "before",
    "after",
    "cut before",
    "cut after",
    "half",
    "garbled",
    "limit",
    "secondary",
    "secondary for long",
)


class Wall:
    """A list of notes on a server. `rate` of all requests fail, some of them after they were carried out."""

    def __init__(self, reply, seed, rate):
        self.reply, self.random, self.rate = reply, Random(seed), rate
        self.notes = []
        self.labels = set()

    def __call__(self, seen):
        mode = self.random.choice(MODES) if self.random.random() < self.rate else None
        if mode in ("before", "cut before"):
            return self.reply(self.random.choice((500, 502, 503)), {}, cut=mode == "cut before")
        if mode == "limit":
            return self.reply(429, {}, {"Retry-After": "3"})
        if mode in ("secondary", "secondary for long"):
            headers = {"Retry-After": "90"} if mode == "secondary for long" else {}
            return self.reply(403, {"message": "You have exceeded a secondary rate limit"}, headers)
        body = self.done(seen)
        if mode == "after":
            return self.reply(502, b"<html>Unicorn!</html>", {"Content-Type": "text/html"})
        if mode == "half":
            return self.reply(200, b'{"id"', length=500)
        if mode == "garbled":
            return self.reply(200, b'{"id"')
        return self.reply(
            (body is None and 204) or 200, b"" if body is None else body, cut=mode == "cut after"
        )

    def done(self, seen):
        if seen.path.startswith("/labels"):
            name = seen.path.rpartition("/")[2]
            if seen.method == "DELETE":
                self.labels.discard(name)
            else:
                self.labels.add(seen.body["name"])
            return None
        if seen.method == "POST":
            self.notes.append(seen.body)
            return seen.body
        return list(self.notes)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate", [0.3, 0.6])
def test_every_write_is_done_exactly_once(seed, rate, make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=60, per_call=1e9, in_all=1e9), seed=seed)
    wall = server.always = Wall(reply, seed, rate)

    def look(number):
        return next((note for note in client.pages("/notes") if note["n"] == number), None)

    for number in range(25):
        note = client.send("POST", "/notes", {"n": number}, notifies=True, happened=lambda n=number: look(n))
        assert note == {"n": number}
        client.send("POST", "/labels", {"name": str(number)}, repeatable=True)
        if number % 2:
            assert client.send("DELETE", f"/labels/{number}") is None
    assert [note["n"] for note in wall.notes] == list(range(25))
    assert wall.labels == {str(number) for number in range(0, 25, 2)}
    writes = [seen for seen in server.seen if seen.method != "GET"]
    assert all(after.at - before.at >= 1 for before, after in pairwise(writes))
    told = [seen for seen in writes if seen.path == "/notes"]
    assert all(after.at - before.at >= 3 for before, after in pairwise(told))


@pytest.mark.parametrize("seed", range(4))
def test_what_was_given_up_is_said_and_never_doubled(seed, make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=2, per_call=100.0, in_all=1e9), seed=seed)
    wall = server.always = Wall(reply, seed, 0.6)
    told = {}
    for number in range(40):
        try:
            client.send("POST", "/notes", {"n": number})
            told[number] = {1}
        except GitHubError as error:
            told[number] = {0, 1} if error.uncertain else {0}
    done = [note["n"] for note in wall.notes]
    assert all(done.count(number) in counts for number, counts in told.items())
    assert len({frozenset(counts) for counts in told.values()}) == 3, "every outcome came about"
