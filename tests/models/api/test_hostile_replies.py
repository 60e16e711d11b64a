"""A reply of any shape is an answer, an abstention, or a failure with a reason; nothing else is raised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.models.answer_checks import check_answer
from rulewright.models.api.api_provider import ApiProvider
from rulewright.models.api.chat_request import RequestSettings
from rulewright.models.api.http_client import ApiClient, ApiKey
from rulewright.models.api.server_message import read_error
from rulewright.models.providers import ProviderError
from rulewright.models.task import Task, TaskAnswer
from rulewright.policy.characters import drop_hidden
from rulewright.policy.strict_json import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json

LABELS = (("bug", ""), ("idea", ""))
TASKS = (
    Task("classify", "x", "Sort.", "0" * 64, (("body", "a"),), labels=LABELS, min_probability=0.6),
    Task("extract", "x", "Read.", "0" * 64, (("body", "a"),), schema={"type": "object"}),
    Task("summarize", "x", "Read.", "0" * 64, (("body", "a"),), max_words=9),
    Task("similar", "x", "", "0" * 64, (("text", "a"), ("one", "b"))),
)
LOGPROB = {"token": "bug", "logprob": -0.1, "top_logprobs": [{"token": "bug", "logprob": -0.1}]}
REPLY: dict[str, Any] = {
    "choices": [
        {
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": "bug"}],
                "refusal": None,
                "tool_calls": [{"function": {"name": "a", "arguments": '{"label": "bug"}'}}],
                "function_call": None,
                "reasoning_content": "r",
            },
            "finish_reason": "stop",
            "logprobs": {"content": [LOGPROB]},
        }
    ],
    "data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [0, 1]}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    "error": None,
}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 1e308, -0.0])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
    | st.sampled_from(
        ["text", "refusal", "stop", "bug", '{"label": ["bug"]}', "[]", "<think>", "```\n[]\n```"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "label", "token", "logprob", "function", "arguments", "content", "message"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(value: Json, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all values inside, the value itself among them."""
    steps: list[tuple[str | int, Json]] = []
    if isinstance(value, dict):
        steps = [*value.items()]
    elif isinstance(value, list):
        steps = [*enumerate(value)]
    return [at, *(place for step, inner in steps for place in places(inner, (*at, step)))]


def put(value: Any, place: tuple[str | int, ...], other: Json) -> Any:
    """A copy with another value at a path; where the path is gone, as it was."""
    if not place:
        return other
    step, rest = place[0], place[1:]
    if isinstance(value, dict) and step in value:
        return {**value, step: put(value[step], rest, other)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value[:step], put(value[step], rest, other), *value[step + 1 :]]
    return value


class Fixed(ApiClient):
    """A client that has one reply, read as one over HTTP is."""

    def post(self, path: str, body: Mapping[str, Json]) -> Json:
        data = self.base_url.encode("utf-8", "surrogatepass")
        if read_error(200, data) is not None:
            raise ProviderError("the server says that it failed")
        return cast("Json", json.loads(data))


@settings(deadline=None)  # the first extraction loads jsonschema
@given(
    task=st.sampled_from(TASKS),
    changes=st.lists(st.tuples(st.sampled_from(places(REPLY)), VALUES), min_size=1, max_size=3),
)
def test_a_reply_of_any_shape_ends_in_words(
    task: Task, changes: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    reply = REPLY
    for place, value in changes:
        reply = put(reply, place, value)
    provider = ApiProvider(RequestSettings("m"), Fixed(json.dumps(reply), ApiKey("")), "e")
    try:
        said = provider.answer(task)
    except ProviderError:
        return
    if isinstance(said, TaskAnswer):
        said = check_answer(task, said)
    assert isinstance(said, TaskAnswer) or said.reason
    assert all(isinstance(number, int) and number >= 0 for number in said.tokens.values())
    if isinstance(said, TaskAnswer) and task.labels:
        assert said.value in dict(task.labels)


@given(st.sampled_from([200, 400, 404, 422, 500, 529]), VALUES)
def test_an_error_of_any_shape_ends_in_words(status: int, value: Any) -> None:
    for body in ({"error": value}, {"message": value}, {"detail": value}, {"errors": value}, value):
        found = read_error(status, json.dumps(body).encode())
        assert found is not None or status == 200
        if found is not None:
            assert "\n" not in found.message
            assert drop_hidden(found.message) == found.message


def test_a_reply_that_is_nested_too_deeply_is_an_error() -> None:
    assert read_error(400, b"[" * (MAX_DEPTH * 9)) is not None
