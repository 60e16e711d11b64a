"""What the model process does with a request: prompts become tokens, prefixes are reused, answers are read.

Requests and replies are those of `messages.py`; `do` names the action in ACTIONS.
"""

from __future__ import annotations

import os
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Final, Protocol

from rulewright.models.local.label_trie import build_trie, compute_label_probabilities
from rulewright.models.local.messages import ModelProcessError
from rulewright.models.local.prompt_parts import build_field_marks, build_label_endings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.models.local.chat_template import ChatTemplate
    from rulewright.models.local.label_trie import ScoreRequest, TrieBranch
    from rulewright.models.local.messages import (
        ClassifyReply,
        EmbedReply,
        GenerateReply,
        MeasureReply,
        ModelRequest,
        ScoreReply,
        SpeedReply,
        TokenizeReply,
    )

MIN_SAVED_TOKENS: Final = 32
"""Tokens of a prefix that is worth a file."""
MAX_SAVED_PREFIXES: Final = 4
"""Prefixes on disk for one model; the oldest ones are deleted."""
MAX_PREFIXES_KEPT: Final = 32
MAX_TOKEN_CHARACTERS: Final = 16
"""Characters of text for each token of room; the rest of the text is cut before it is tokenised."""


class LoadedModel(Protocol):
    """A loaded model with one sequence of evaluated tokens. Every call may raise ModelProcessError (`timeout`,
    `failed`)."""

    room: int
    """Tokens that the sequence can hold."""
    batch: int
    """Tokens that are evaluated at once."""
    build: str
    """Library and settings that alter what the model computes."""
    template: ChatTemplate

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """`special`: read control tokens. Without, no control token is ever among the result."""
        ...

    def start(self) -> list[int]:
        """The first tokens of a sequence: the beginning-of-sequence token where the template has none."""
        ...

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Append tokens to the sequence."""
        ...

    def rewind(self, length: int) -> bool:
        """Keep only the first `length` tokens; False where that is not possible and the sequence is empty."""
        ...

    def branch(self, question: Sequence[int], asked: Sequence[ScoreRequest]) -> tuple[list[list[float]], int]:
        """For each (path, tokens): the tokens' scores after the sequence, the question and the path.

        An empty path is the first one, if there is one. Also: how many tokens were evaluated beside the question's.
        """
        ...

    def generate(self, grammar: str, most: int) -> tuple[str, int, bool]:
        """(text, its tokens, whether it ended by itself) after the sequence, which grows by it."""
        ...

    def score(self, question: Sequence[int], ending: Sequence[int]) -> float:
        """Σ ln p of the ending's tokens after the sequence and the question; the sequence grows by both."""
        ...

    def decode(self, most: int) -> int:
        """Append up to `most` tokens greedily, as long as there is room: how many they are."""
        ...

    def control(self, token: int) -> bool:
        """Whether untrusted text must not contain this token."""
        ...

    def save(self, path: str, tokens: Sequence[int]) -> None: ...

    def load(self, path: str, tokens: Sequence[int]) -> bool:
        """Read the sequence from a file; False, with an empty sequence, where the file holds other tokens."""
        ...

    def embed(self, text: str) -> tuple[list[float], int]:
        """(vector of length one, tokens)."""
        ...


class RequestHandler:
    """Answers requests one after the other. `states`: the folder of saved prefixes, for this model's file only."""

    def __init__(self, model: LoadedModel, states: str | None) -> None:
        self.model = model
        self.states = states
        self.held: list[tuple[int, ...]] = []
        """The parts of a prompt that the model's sequence holds: rules prefix, report."""
        self.prefixes: dict[tuple[str, str, str], tuple[list[int], list[int]]] = {}
        """(system, question, cue) → their tokens, of the latest prompts."""

    def answer(self, request: ModelRequest) -> Mapping[str, object]:
        """Raises ModelProcessError."""
        action = ACTIONS.get(request.get("do", ""))
        if action is None:
            raise ModelProcessError("unsupported", "an unknown request")
        return action(self, request)

    def classify(self, request: ModelRequest) -> ClassifyReply:
        model = self.model
        paths = [tuple(model.tokens(ending)) for ending in build_label_endings(request["labels"])]
        try:
            trie = build_trie(paths)
        except ValueError as error:
            raise ModelProcessError("invalid", str(error)) from None
        if max(map(len, paths), default=0) > model.batch:
            raise ModelProcessError("too_long", "a label is longer than what the model evaluates at once")
        used, question = self._evaluate_prompt(request, min(sum(map(len, paths)), model.batch))

        def compute_logits(branches: Sequence[TrieBranch]) -> list[list[float]]:
            scores, count = model.branch(question, [(branch.path, branch.children) for branch in branches])
            used["evaluated"] += count
            return scores

        try:
            probabilities = compute_label_probabilities(trie, len(paths), compute_logits)
        except ArithmeticError as error:
            raise ModelProcessError("failed", str(error)) from None
        return {"probabilities": probabilities, "tokens": used}

    def generate(self, request: ModelRequest) -> GenerateReply:
        used, question = self._evaluate_prompt(request, request["most"])
        self.model.evaluate(question)
        text, count, ended = self.model.generate(request["grammar"], request["most"])
        return {"text": text, "ended": ended, "tokens": {**used, "generated": count}}

    def embed(self, request: ModelRequest) -> EmbedReply:
        embedded = [self.model.embed(text) for text in request["texts"]]
        count = sum(tokens for _, tokens in embedded)
        return {
            "vectors": [vector for vector, _ in embedded],
            "tokens": {"prompt": count, "evaluated": count},
        }

    def tokenize(self, request: ModelRequest) -> TokenizeReply:
        """The tokens of each text as untrusted, for tests, budgets and suites; and how many are control tokens."""
        ids = [self.model.tokens(text) for text in request["texts"]]
        return {"ids": ids, "control": [sum(map(self.model.control, tokens)) for tokens in ids]}

    def score(self, request: ModelRequest) -> ScoreReply:
        """The log-likelihood of each of `continuations` as the answer, each alone after the prompt."""
        scores: list[tuple[float, int]] = []
        evaluated = 0
        for ending in [self.model.tokens(text) for text in request["continuations"]]:
            used, question = self._evaluate_prompt(request, len(ending))
            scores.append((self.model.score(question, ending), len(ending)))
            evaluated += used["evaluated"] + len(ending)
        return {"scores": scores, "tokens": {"evaluated": evaluated}}

    def time_prompt(self, request: ModelRequest) -> SpeedReply:
        """Seconds to read the part of the prompt that is not reused, and to write `most` tokens greedily."""
        began = perf_counter()
        used, question = self._evaluate_prompt(request, request["most"])
        self.model.evaluate(question)
        read = perf_counter()
        count = self.model.decode(request["most"])
        seconds = {"prefill": read - began, "decode": perf_counter() - read}
        return {"seconds": seconds, "tokens": {**used, "generated": count}}

    def measure(self, request: ModelRequest) -> MeasureReply:
        """Seconds for a prompt of so many tokens, and for tokens one after the other: the model alone, no sampling.

        `text`: what the tokens are taken from; `prefill`, `decode`: how many. The sequence is empty afterwards.
        """
        model = self.model
        prefill, decode = request["prefill"], request["decode"]
        source = model.tokens(request["text"]) or model.tokens("\n")
        if prefill + decode + 1 > model.room or not source:
            raise ModelProcessError("too_long", "the model's context is too small for the measurement")
        self.held = []
        tokens = [source[at % len(source)] for at in range(prefill + decode)]
        model.rewind(0)
        began = perf_counter()
        model.evaluate(tokens[:prefill])
        between = perf_counter()
        for token in tokens[prefill:]:
            model.evaluate([token])
        ended = perf_counter()
        model.rewind(0)
        return {"prefill": between - began, "decode": ended - between}

    def _evaluate_prompt(self, request: ModelRequest, reserved: int) -> tuple[dict[str, int], list[int]]:
        """Evaluate the prompt without its question, as far as it is not held yet: (token counts, the question).

        Only whole parts are reused, and the question never is: so every token is computed in the same batch whatever
        came before, and the scores are the same to the last bit.
        """
        prefix, question = self._tokenize_rules(request)
        room = self.model.room - len(prefix) - len(question) - reserved - 1
        report, cut = self._tokenize_report(request["fields"], room)
        parts = [tuple(prefix), tuple(report)]
        same = 0
        while same < len(self.held) and self.held[same] == parts[same]:
            same += 1
        kept = sum(map(len, parts[:same]))
        if not self.model.rewind(kept):
            same, kept = 0, 0
        del self.held[same:]
        saved = 0
        if same == 0 and request.get("saved", True) and self._load_prefix(parts[0]):
            same, saved = 1, len(parts[0])
        for part in parts[same:]:
            self.model.evaluate(part)
            self.held.append(part)
            if len(self.held) == 1:
                self._save_prefix(part)
        total = len(prefix) + len(report) + len(question)
        used = {
            "prompt": total,
            "evaluated": total - kept - saved,
            "saved": saved,
            "generated": 0,
            "cut": cut,
        }
        return used, question

    def _tokenize_rules(self, request: ModelRequest) -> tuple[list[int], list[int]]:
        """(rules prefix, question) in tokens; those of the latest questions are kept."""
        key = (request["system"], request["question"], request["cue"])
        tokens = self.prefixes.pop(key, None)
        if tokens is None:
            tokens = self._tokenize_template(*key)
            if len(self.prefixes) >= MAX_PREFIXES_KEPT:
                del self.prefixes[next(iter(self.prefixes))]
        self.prefixes[key] = tokens
        return tokens

    def _tokenize_template(self, system: str, question: str, cue: str) -> tuple[list[int], list[int]]:
        model = self.model
        head, middle, tail = model.template
        prefix = [
            *model.start(),
            *model.tokens(head, special=True),
            *model.tokens(system),
            *model.tokens(middle, special=True),
        ]
        tokens = [
            *model.tokens(question),
            *model.tokens(tail, special=True),
            *(model.tokens(cue) if cue else ()),
        ]
        # The scores are those after the last token, so there must be one.
        return prefix, tokens or model.tokens("\n")

    def _tokenize_report(self, fields: Sequence[Sequence[str]], room: int) -> tuple[list[int], int]:
        """The tokens of untrusted fields between marks, the longest fields cut to fit; and how many were cut."""
        model = self.model
        pairs = [(str(name), str(text)) for name, text in fields]
        before = [model.tokens(build_field_marks(name, pairs)[0]) for name, _ in pairs]
        after = [model.tokens(build_field_marks(name, pairs)[1]) for name, _ in pairs]
        left = room - sum(map(len, before)) - sum(map(len, after))
        if left < 1:
            raise ModelProcessError("too_long", "the question alone fills the model's context")
        texts = [model.tokens(text[: left * MAX_TOKEN_CHARACTERS]) for _, text in pairs]
        kept = _share_room([len(text) for text in texts], left)
        out: list[int] = []
        for start, text, share, end in zip(before, texts, kept, after, strict=True):
            out += [*start, *text[:share], *end]
        return out, sum(map(len, texts)) - sum(kept)

    def _prefix_file(self, prefix: Sequence[int]) -> str | None:
        if self.states is None or len(prefix) < MIN_SAVED_TOKENS:
            return None
        name = sha256(repr((self.model.build, tuple(prefix))).encode("ascii", "replace")).hexdigest()
        return os.path.join(self.states, f"{name[:32]}.state")

    def _load_prefix(self, prefix: tuple[int, ...]) -> bool:
        path = self._prefix_file(prefix)
        if path is None or not os.path.exists(path) or not self.model.load(path, prefix):
            return False
        self.held = [prefix]
        return True

    def _save_prefix(self, prefix: tuple[int, ...]) -> None:
        """A prefix that cannot be saved is computed again the next time, and nothing else is lost."""
        path = self._prefix_file(prefix)
        if path is None or self.states is None:
            return
        new = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self.states, mode=0o700, exist_ok=True)
            self.model.save(new, prefix)
            os.replace(new, path)
            saved = [entry for entry in os.scandir(self.states) if entry.name.endswith(".state")]
            for entry in sorted(saved, key=lambda entry: -entry.stat().st_mtime_ns)[MAX_SAVED_PREFIXES:]:
                os.unlink(entry.path)
        except OSError:
            return


def _share_room(lengths: list[int], room: int) -> list[int]:
    """How much of each length is kept so that all fit in `room`: the longest ones are cut to one length."""
    out = list(lengths)
    left = room
    for place, index in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        out[index] = min(lengths[index], left // (len(lengths) - place))
        left -= out[index]
    return out


ACTIONS: Final[Mapping[str, Callable[[RequestHandler, ModelRequest], Mapping[str, object]]]] = {
    "classify": RequestHandler.classify,
    "generate": RequestHandler.generate,
    "embed": RequestHandler.embed,
    "tokenise": RequestHandler.tokenize,
    "measure": RequestHandler.measure,
    "score": RequestHandler.score,
    "speed": RequestHandler.time_prompt,
}
"""`do` of a request → its answer."""
