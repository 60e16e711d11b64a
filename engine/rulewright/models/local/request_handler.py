"""What the model's process does with a request, over `Weights`: prompts to tokens, prefixes held, answers read.

Requests and replies are JSON (`frames.py`); `do` names the action out of `ACTIONS`.
"""

from __future__ import annotations

import os
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from rulewright.models.local.label_trie import build_trie, compute_label_probabilities
from rulewright.models.local.prompt_parts import build_field_marks, build_label_endings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.models.local.chat_template import ChatTemplate
    from rulewright.models.local.label_trie import TrieBranch

MIN_SAVED_TOKENS: Final = 32
"""Tokens of a prefix that is worth a file."""
MAX_SAVED_PREFIXES: Final = 4
"""Prefixes that are kept on disk for one model; the oldest go."""
MAX_PREFIXES_KEPT: Final = 32
MAX_TOKEN_CHARACTERS: Final = 16
"""Characters for each token of room: what is beyond is cut before it is tokenised at all."""


class RequestRefused(Exception):
    """A request that is not answered: `code` as in `task.Abstention`, and why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class LoadedModel(Protocol):
    """A loaded model with one sequence of tokens in it. Every call may raise Refused (`timeout`, `failed`)."""

    room: int
    """Tokens that it can hold."""
    batch: int
    """Tokens that it evaluates at once."""
    build: str
    """Library and settings that alter what it computes."""
    template: ChatTemplate

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """`special`: read control tokens. Without, no control token is ever among the result."""
        ...

    def start(self) -> list[int]:
        """What stands before everything: the beginning-of-sequence token where the template has none."""
        ...

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Go on after what is held."""
        ...

    def rewind(self, length: int) -> bool:
        """Hold only the first `length` tokens; False where that cannot be, and nothing is held any more."""
        ...

    def branch(
        self, question: Sequence[int], asked: Sequence[tuple[Sequence[int], Sequence[int]]]
    ) -> tuple[list[list[float]], int]:
        """For each (path, tokens): the tokens' scores after what is held, the question and the path.

        An empty path stands first, if at all. Also: how many tokens were evaluated beside the question's.
        """
        ...

    def generate(self, grammar: str, most: int) -> tuple[str, int, bool]:
        """(text, its tokens, whether it ended by itself) after what is held; holds more tokens then."""
        ...

    def score(self, question: Sequence[int], ending: Sequence[int]) -> float:
        """Σ ln p of the ending's tokens after what is held and the question; holds them all then."""
        ...

    def decode(self, most: int) -> int:
        """Go on greedily for `most` tokens, whatever they are, or as long as there is room: how many they were."""
        ...

    def control(self, token: int) -> bool:
        """Whether no text may bring this token in."""
        ...

    def save(self, path: str, tokens: Sequence[int]) -> None: ...

    def load(self, path: str, tokens: Sequence[int]) -> bool:
        """Hold these tokens out of a file; False, with nothing held, where it holds others."""
        ...

    def embed(self, text: str) -> tuple[list[float], int]:
        """(vector of length one, tokens)."""
        ...


class RequestHandler:
    """Answers requests one after the other. `states`: the folder of saved prefixes, for this model's file alone."""

    def __init__(self, weights: LoadedModel, states: str | None) -> None:
        self.weights = weights
        self.states = states
        self.held: list[tuple[int, ...]] = []
        self.frames: dict[tuple[str, str, str], tuple[list[int], list[int]]] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Raises Refused."""
        action = ACTIONS.get(str(request.get("do")))
        if action is None:
            raise RequestRefused("unsupported", "an unknown request")
        return action(self, request)

    def classify(self, request: Mapping[str, Any]) -> dict[str, Any]:
        weights = self.weights
        paths = [tuple(weights.tokens(ending)) for ending in build_label_endings(request["labels"])]
        try:
            trie = build_trie(paths)
        except ValueError as error:
            raise RequestRefused("invalid", str(error)) from None
        if max(map(len, paths), default=0) > weights.batch:
            raise RequestRefused("too_long", "a label is longer than what the model evaluates at once")
        used, question = self._hold(request, min(sum(map(len, paths)), weights.batch))

        def logits(asked: Sequence[TrieBranch]) -> list[list[float]]:
            found, count = weights.branch(question, [(branch.path, branch.children) for branch in asked])
            used["evaluated"] += count
            return found

        try:
            found = compute_label_probabilities(trie, len(paths), logits)
        except ArithmeticError as error:
            raise RequestRefused("failed", str(error)) from None
        return {"probabilities": found, "tokens": used}

    def generate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        used, question = self._hold(request, int(request["most"]))
        self.weights.evaluate(question)
        text, count, ended = self.weights.generate(request["grammar"], int(request["most"]))
        return {"text": text, "ended": ended, "tokens": {**used, "generated": count}}

    def embed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = [self.weights.embed(text) for text in request["texts"]]
        count = sum(tokens for _, tokens in found)
        return {"vectors": [vector for vector, _ in found], "tokens": {"prompt": count, "evaluated": count}}

    def tokenise(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens of each text as untrusted, for tests, budgets and suites; and how many are control tokens."""
        ids = [self.weights.tokens(text) for text in request["texts"]]
        return {"ids": ids, "control": [sum(map(self.weights.control, some)) for some in ids]}

    def score(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """How likely each of `continuations` is as the answer: (Σ ln p, tokens), each alone after the prompt."""
        endings = [self.weights.tokens(text) for text in request["continuations"]]
        scores: list[list[float]] = []
        evaluated = 0
        for ending in endings:
            used, question = self._hold(request, len(ending))
            scores.append([self.weights.score(question, ending), len(ending)])
            evaluated += used["evaluated"] + len(ending)
        return {"scores": scores, "tokens": {"evaluated": evaluated}}

    def speed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Seconds to read the prompt as far as it is not held, and to write `most` tokens greedily."""
        began = perf_counter()
        used, question = self._hold(request, int(request["most"]))
        self.weights.evaluate(question)
        read = perf_counter()
        count = self.weights.decode(int(request["most"]))
        seconds = {"prefill": read - began, "decode": perf_counter() - read}
        return {"seconds": seconds, "tokens": {**used, "generated": count}}

    def measure(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Seconds for a prompt of so many tokens, and for tokens one after the other: the model alone, no sampling.

        `text`: what the tokens are taken from; `prefill`, `decode`: how many. Nothing is held afterwards.
        """
        weights = self.weights
        prefill, decode = int(request["prefill"]), int(request["decode"])
        found = weights.tokens(request["text"]) or weights.tokens("\n")
        if prefill + decode + 1 > weights.room or not found:
            raise RequestRefused("too_long", "the model's context is too small for the measurement")
        self.held = []
        tokens = [found[at % len(found)] for at in range(prefill + decode)]
        weights.rewind(0)
        began = perf_counter()
        weights.evaluate(tokens[:prefill])
        between = perf_counter()
        for token in tokens[prefill:]:
            weights.evaluate([token])
        ended = perf_counter()
        weights.rewind(0)
        return {"prefill": between - began, "decode": ended - between}

    def _hold(self, request: Mapping[str, Any], reserved: int) -> tuple[dict[str, int], list[int]]:
        """Evaluate the prompt but for its question, as far as it is not held already: (what it costs, the question).

        Only whole parts are held over, and the question never is: so every token is computed in the same batch
        whatever came before, and the scores are the same to the last bit.
        """
        prefix, question = self._frame(request)
        room = self.weights.room - len(prefix) - len(question) - reserved - 1
        report, cut = self._report(request["fields"], room)
        parts = [tuple(prefix), tuple(report)]
        same = 0
        while same < len(self.held) and self.held[same] == parts[same]:
            same += 1
        kept = sum(map(len, parts[:same]))
        if not self.weights.rewind(kept):
            same, kept = 0, 0
        del self.held[same:]
        saved = 0
        if same == 0 and request.get("saved", True) and self._load(parts[0]):
            same, saved = 1, len(parts[0])
        for part in parts[same:]:
            self.weights.evaluate(part)
            self.held.append(part)
            if len(self.held) == 1:
                self._save(part)
        total = len(prefix) + len(report) + len(question)
        used = {
            "prompt": total,
            "evaluated": total - kept - saved,
            "saved": saved,
            "generated": 0,
            "cut": cut,
        }
        return used, question

    def _frame(self, request: Mapping[str, Any]) -> tuple[list[int], list[int]]:
        """(rules prefix, question) in tokens; those of the last few questions are remembered."""
        key = (request["system"], request["question"], request["cue"])
        found = self.frames.pop(key, None)
        if found is None:
            found = self._tokenised(request)
            if len(self.frames) >= MAX_PREFIXES_KEPT:
                del self.frames[next(iter(self.frames))]
        self.frames[key] = found
        return found

    def _tokenised(self, request: Mapping[str, Any]) -> tuple[list[int], list[int]]:
        weights = self.weights
        head, middle, tail = weights.template
        prefix = [
            *weights.start(),
            *weights.tokens(head, special=True),
            *weights.tokens(request["system"]),
            *weights.tokens(middle, special=True),
        ]
        question = [
            *weights.tokens(request["question"]),
            *weights.tokens(tail, special=True),
            *(weights.tokens(request["cue"]) if request["cue"] else ()),
        ]
        # The scores are those after the last token, so that there must be one.
        return prefix, question or weights.tokens("\n")

    def _report(self, fields: Sequence[Sequence[str]], room: int) -> tuple[list[int], int]:
        """The tokens of what somebody wrote between marks, the longest fields cut to fit; and how many were cut."""
        weights = self.weights
        pairs = [(str(name), str(text)) for name, text in fields]
        before = [weights.tokens(build_field_marks(name, pairs)[0]) for name, _ in pairs]
        after = [weights.tokens(build_field_marks(name, pairs)[1]) for name, _ in pairs]
        left = room - sum(map(len, before)) - sum(map(len, after))
        if left < 1:
            raise RequestRefused("too_long", "the question alone fills the model's context")
        texts = [weights.tokens(text[: left * MAX_TOKEN_CHARACTERS]) for _, text in pairs]
        kept = _share_room([len(text) for text in texts], left)
        out: list[int] = []
        for start, text, share, end in zip(before, texts, kept, after, strict=True):
            out += [*start, *text[:share], *end]
        return out, sum(map(len, texts)) - sum(kept)

    def _file(self, prefix: Sequence[int]) -> str | None:
        if self.states is None or len(prefix) < MIN_SAVED_TOKENS:
            return None
        name = sha256(repr((self.weights.build, tuple(prefix))).encode("ascii", "replace")).hexdigest()
        return os.path.join(self.states, f"{name[:32]}.state")

    def _load(self, prefix: tuple[int, ...]) -> bool:
        path = self._file(prefix)
        if path is None or not os.path.exists(path) or not self.weights.load(path, prefix):
            return False
        self.held = [prefix]
        return True

    def _save(self, prefix: tuple[int, ...]) -> None:
        """A prefix that cannot be saved is computed again the next time, and nothing else is lost."""
        path = self._file(prefix)
        if path is None or self.states is None:
            return
        new = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self.states, mode=0o700, exist_ok=True)
            self.weights.save(new, prefix)
            os.replace(new, path)
            found = [entry for entry in os.scandir(self.states) if entry.name.endswith(".state")]
            for entry in sorted(found, key=lambda one: -one.stat().st_mtime_ns)[MAX_SAVED_PREFIXES:]:
                os.unlink(entry.path)
        except OSError:
            return


def _share_room(lengths: list[int], room: int) -> list[int]:
    """How much of each is kept, so that all fit in `room`: the longest are cut to one length."""
    out = list(lengths)
    left = room
    for place, index in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        out[index] = min(lengths[index], left // (len(lengths) - place))
        left -= out[index]
    return out


ACTIONS: Final[Mapping[str, Callable[[RequestHandler, Mapping[str, Any]], dict[str, Any]]]] = {
    "classify": RequestHandler.classify,
    "generate": RequestHandler.generate,
    "embed": RequestHandler.embed,
    "tokenise": RequestHandler.tokenise,
    "measure": RequestHandler.measure,
    "score": RequestHandler.score,
    "speed": RequestHandler.speed,
}
"""What a request may ask for."""
