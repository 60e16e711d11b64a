"""The model's own process: `python -m rulewright.models.local.server`, with the messages of `messages.py` on stdin and
stdout.

The only module that imports llama_cpp, which can crash the interpreter: with a broken grammar, on a second thread, out
of memory. The first message loads a model (`LlamaSettings`), each later one is answered in turn.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections import deque
from functools import partial
from math import sqrt
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, cast

import llama_cpp.llama_cpp as lib
import numpy
from llama_cpp import __version__

from rulewright.models.local.chat_template import ChatTemplate, split_template
from rulewright.models.local.label_trie import ScoreRequest, TrieNode, group_requests, merge_paths
from rulewright.models.local.messages import LlamaSettings, ModelProcessError, pack_message, read_message
from rulewright.models.local.request_handler import RequestHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.models.local.messages import ModelRequest

ABORTED: Final = 2
"""What llama_decode answers when the abort callback said so."""
MAX_PARALLEL_PATHS: Final = 16
"""Paths that are evaluated side by side."""
SPARE_ADDRESS_SPACE: Final = 1 << 30
"""Bytes of address space beside the memory limit: libraries reserve more than they use."""


class LlamaModel:
    """llama.cpp's C interface as a `LoadedModel`. Nothing of it is safe on two threads."""

    def __init__(self, settings: LlamaSettings) -> None:
        self.deadline = monotonic() + settings.load_timeout
        self.log_lines: deque[str] = deque(maxlen=3)
        self.log = lib.llama_log_callback(self._keep_log_line)
        lib.llama_log_set(self.log, ctypes.c_void_p(0))
        lib.llama_backend_init()
        self.embedding = settings.embedding
        self.seed, self.temperature, self.top_p = settings.seed, settings.temperature, settings.top_p
        model = lib.llama_model_default_params()
        model.n_gpu_layers = settings.gpu_layers
        self.model = lib.llama_model_load_from_file(os.fsencode(settings.path), model)
        if not self.model:
            raise ModelProcessError("failed", f"the model does not load: {self._explain_failure()}")
        self.vocab = lib.llama_model_get_vocab(self.model)
        self.context = lib.llama_init_from_model(self.model, self._context_parameters(settings))
        if not self.context:
            raise ModelProcessError("failed", f"the model's context does not load: {self._explain_failure()}")
        self.memory = lib.llama_get_memory(self.context)
        self.room = lib.llama_n_ctx(self.context)
        self.batch = lib.llama_n_batch(self.context)
        self.abort = lib.ggml_abort_callback(lambda _: monotonic() > self.deadline)
        lib.llama_set_abort_callback(self.context, self.abort, ctypes.c_void_p(0))
        self.template = self._read_template(settings.chat_template)
        machine = lib.llama_print_system_info().decode("utf-8", "replace")
        self.build = f"{__version__} {machine} {self.room} {self.batch} {self.template!r}"
        self.length = 0
        self.attributes: dict[int, int] = {}
        self.harmless: set[int] = set()
        self.forbidden: frozenset[int] = frozenset()
        self.forbidden = frozenset(
            token
            for part in self.template
            for token in self._tokenize(part, special=True)
            if self._token_attribute(token)
            & (lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED)
        )

    def _context_parameters(self, settings: LlamaSettings) -> Any:
        """Flash attention changes scores in the fifth digit by what else is held: it is not used."""
        out = lib.llama_context_default_params()
        trained = lib.llama_model_n_ctx_train(self.model)
        out.n_ctx = min(settings.context, trained) if trained > 0 else settings.context
        out.n_batch = out.n_ctx if self.embedding else min(settings.batch, out.n_ctx)
        out.n_ubatch = out.n_batch
        out.n_threads = out.n_threads_batch = settings.threads
        out.n_seq_max = 1 if self.embedding else MAX_PARALLEL_PATHS + 1
        out.kv_unified = True
        out.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        out.embeddings = self.embedding
        out.swa_full = True  # a sliding window could not be rewound
        out.no_perf = True
        return out

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """Raises Refused when control tokens cannot be kept out of the text's tokens; that has never been seen."""
        tokens = self._tokenize(text, special=special)
        if special or self.harmless.issuperset(tokens):
            return tokens
        if not any(map(self.control, tokens)):
            self.harmless.update(tokens)
            return tokens
        # Merging pieces can build what looks like a marker out of plain text; single characters cannot.
        tokens = [token for char in text for token in self._tokenize(char, special=False)]
        return [token for token in tokens if not self.control(token)]

    def start(self) -> list[int]:
        first = lib.llama_vocab_bos(self.vocab)
        wanted = lib.llama_vocab_get_add_bos(self.vocab) and first >= 0
        return [first] if wanted and self._tokenize(self.template.head, special=True)[:1] != [first] else []

    def evaluate(self, tokens: Sequence[int]) -> None:
        for at in range(0, len(tokens), self.batch):
            part = tokens[at : at + self.batch]
            held = (lib.llama_token * len(part))(*part)  # the batch points into it
            self._check_code(lib.llama_decode(self.context, lib.llama_batch_get_one(held, len(part))))
            self.length += len(part)

    def rewind(self, length: int) -> bool:
        if lib.llama_memory_seq_rm(self.memory, 0, length, -1):
            self.length = length
            return True
        lib.llama_memory_clear(self.memory, True)
        self.length = 0
        return length == 0

    def branch(self, question: Sequence[int], asked: Sequence[ScoreRequest]) -> tuple[list[list[float]], int]:
        """Paths go on from the question side by side, the first of them in its own batch where they fit."""
        root = [request for request in asked if not request[0]]
        groups = group_requests([request for request in asked if request[0]], self.batch, MAX_PARALLEL_PATHS)
        count = 0
        scores: list[list[float]] = []
        if not groups or len(question) + sum(len(path) for path, _ in groups[0]) > self.batch:
            self.evaluate(question)
            scores, question = [self._read_logits(-1, among) for _, among in root], ()
        for number, group in enumerate(groups):
            nodes = merge_paths([path for path, _ in group])
            count += len(nodes)
            with_root = [*root, *group] if number == 0 and question else group
            scores += self._evaluate_paths(() if number else question, nodes, with_root)
        return scores, count

    def generate(self, grammar: str, most: int) -> tuple[str, int, bool]:
        chain = self._build_sampler(grammar)
        out = bytearray()
        try:
            for count in range(most):
                token = lib.llama_sampler_sample(chain, self.context, -1)
                if lib.llama_vocab_is_eog(self.vocab, token):
                    return self._decode_text(out), count, True
                out += self._token_bytes(token)
                if self.length >= self.room:
                    return self._decode_text(out), count + 1, False
                self.evaluate([token])
            return self._decode_text(out), most, False
        finally:
            lib.llama_sampler_free(chain)

    def score(self, question: Sequence[int], ending: Sequence[int]) -> float:
        tokens = [*question, *ending]
        if len(tokens) > self.batch or not ending:
            raise ModelProcessError(
                "too_long", "a statement is empty, or longer than what the model evaluates at once"
            )
        first = len(question) - 1
        self._evaluate_batch(
            [(token, self.length + at, [0], first <= at < len(tokens) - 1) for at, token in enumerate(tokens)]
        )
        self.length += len(tokens)
        size = lib.llama_vocab_n_tokens(self.vocab)
        total = 0.0
        for at, token in enumerate(ending, first):
            row = numpy.ctypeslib.as_array(lib.llama_get_logits_ith(self.context, at), (size,)).astype("f8")
            most = row.max()
            total += float(row[token] - most - numpy.log(numpy.exp(row - most).sum()))
        return total

    def decode(self, most: int) -> int:
        greedy = lib.llama_sampler_init_greedy()
        try:
            for count in range(most):
                if self.length >= self.room:
                    return count
                self.evaluate([lib.llama_sampler_sample(greedy, self.context, -1)])
            return most
        finally:
            lib.llama_sampler_free(greedy)

    def save(self, path: str, tokens: Sequence[int]) -> None:
        held = (lib.llama_token * len(tokens))(*tokens)
        if not lib.llama_state_seq_save_file(self.context, os.fsencode(path), 0, held, len(tokens)):
            raise OSError(f"{path} was not written")

    def load(self, path: str, tokens: Sequence[int]) -> bool:
        held = (lib.llama_token * (len(tokens) + 1))()
        count = ctypes.c_size_t(0)
        self.rewind(0)
        read = lib.llama_state_seq_load_file(
            self.context, os.fsencode(path), 0, held, len(tokens) + 1, ctypes.byref(count)
        )
        if not read or list(held[: count.value]) != list(tokens):
            self.rewind(0)
            return False
        self.length = len(tokens)
        return True

    def embed(self, text: str) -> tuple[list[float], int]:
        if not self.embedding:
            raise ModelProcessError(
                "unsupported", "this model generates text; embeddings need an embedding model"
            )
        first, last = lib.llama_vocab_bos(self.vocab), lib.llama_vocab_sep(self.vocab)
        body = self.tokens(text[: self.room * 64])
        begin = [first] if first >= 0 else []
        end = [last] if last >= 0 else []
        tokens = [*begin, *body[: self.room - len(begin) - len(end)], *end] or self._tokenize(
            " ", special=False
        )
        if self.memory:
            lib.llama_memory_clear(self.memory, True)
        self._evaluate_batch([(token, at, [0], True) for at, token in enumerate(tokens)])
        pointer = lib.llama_get_embeddings_seq(self.context, 0)
        if not pointer:
            raise ModelProcessError("unsupported", "this model has no pooling, so no embedding of a text")
        values = [float(number) for number in pointer[: lib.llama_model_n_embd(self.model)]]
        norm = sqrt(sum(value * value for value in values)) or 1.0
        return [round(value / norm, 7) for value in values], len(tokens)

    def _evaluate_paths(
        self, question: Sequence[int], nodes: Sequence[TrieNode], asked: Sequence[ScoreRequest]
    ) -> list[list[float]]:
        """Evaluate the question, in all sequences, and the nodes after it, in one batch."""
        sequences = range(1, 1 + max((number for _, own in nodes for number in own), default=0))
        for sequence in sequences:
            lib.llama_memory_seq_cp(self.memory, 0, sequence, -1, -1)
        wanted = len(question) - 1
        rows = [(token, self.length + at, [0, *sequences], at >= wanted) for at, token in enumerate(question)]
        rows += [(path[-1], self.length + len(question) + len(path) - 1, own, True) for path, own in nodes]
        try:
            self._evaluate_batch(rows)
        finally:
            for sequence in sequences:
                lib.llama_memory_seq_rm(self.memory, sequence, -1, -1)
        self.length += len(question)
        places = {path: len(question) + at for at, (path, _) in enumerate(nodes)} | {(): len(question) - 1}
        return [self._read_logits(places[tuple(path)], among) for path, among in asked]

    def _evaluate_batch(self, rows: Sequence[tuple[int, int, Sequence[int], bool]]) -> None:
        """Evaluate (token, position, its sequences, whether its scores are wanted) as one batch."""
        batch = lib.llama_batch_init(len(rows), 0, MAX_PARALLEL_PATHS + 1)
        try:
            batch.n_tokens = len(rows)
            for at, (token, place, own, wanted) in enumerate(rows):
                batch.token[at], batch.pos[at] = token, place
                batch.n_seq_id[at], batch.logits[at] = len(own), wanted
                for number, sequence in enumerate(own):
                    batch.seq_id[at][number] = sequence
            self._check_code(lib.llama_decode(self.context, batch))
        finally:
            lib.llama_batch_free(batch)

    def _read_logits(self, at: int, among: Sequence[int]) -> list[float]:
        logits = lib.llama_get_logits_ith(self.context, at)
        return [float(logits[token]) for token in among]

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        out = (lib.llama_token * size)()
        count = lib.llama_tokenize(self.vocab, data, len(data), out, size, False, special)
        if count < 0:
            out = (lib.llama_token * -count)()
            count = lib.llama_tokenize(self.vocab, data, len(data), out, -count, False, special)
        return list(out[:count])

    def control(self, token: int) -> bool:
        """Whether no text may bring this token in: it ends a turn, or the template marks turns with it."""
        control = self._token_attribute(token) & lib.LLAMA_TOKEN_ATTR_CONTROL
        return bool(control) or token in self.forbidden

    def _token_attribute(self, token: int) -> int:
        attribute = self.attributes.get(token)
        if attribute is None:
            attribute = int(lib.llama_vocab_get_attr(self.vocab, token))
            if lib.llama_vocab_is_eog(self.vocab, token):
                attribute |= lib.LLAMA_TOKEN_ATTR_CONTROL
            self.attributes[token] = attribute
        return attribute

    def _build_sampler(self, grammar: str) -> Any:
        if not grammar.strip():
            raise ModelProcessError("invalid", "an empty grammar, which llama.cpp takes for none at all")
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        rules = lib.llama_sampler_init_grammar(self.vocab, grammar.encode("utf-8"), b"root")
        if not rules:
            lib.llama_sampler_free(chain)
            raise ModelProcessError("invalid", "the grammar does not parse")
        lib.llama_sampler_chain_add(chain, rules)
        if self.temperature <= 0:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
            return chain
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(self.top_p, 1))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(self.temperature))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(self.seed))
        return chain

    def _token_bytes(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(512)
        count = lib.llama_token_to_piece(self.vocab, token, buffer, 512, 0, False)
        return buffer.raw[: max(count, 0)]

    def _decode_text(self, data: bytearray) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise ModelProcessError("invalid", "the answer of the model is not text") from None

    def _read_template(self, named: str | None) -> ChatTemplate:
        if self.embedding:
            return ChatTemplate("", "", "")
        source = named
        if source is None:
            own = lib.llama_model_chat_template(self.model, None)
            source = own.decode("utf-8", "replace") if own else "plain"
        try:
            return split_template(
                source,
                bos=self._token_text(lib.llama_vocab_bos(self.vocab)),
                eos=self._token_text(lib.llama_vocab_eos(self.vocab)),
            )
        except ValueError as error:
            raise ModelProcessError("unsupported", str(error)) from None

    def _token_text(self, token: int) -> str:
        text = lib.llama_vocab_get_text(self.vocab, token) if token >= 0 else None
        return text.decode("utf-8", "replace") if text else ""

    def _check_code(self, code: int) -> None:
        if code == ABORTED:
            raise ModelProcessError("timeout", "the model took longer than allowed")
        if code != 0:
            raise ModelProcessError("failed", f"llama.cpp cannot evaluate the prompt (code {code})")

    def _keep_log_line(self, level: int, text: bytes, _: Any) -> None:
        if level in (3, 4):  # GGML_LOG_LEVEL_WARN, GGML_LOG_LEVEL_ERROR
            self.log_lines.append(text.decode("utf-8", "replace").strip()[:200])

    def _explain_failure(self) -> str:
        return "; ".join(self.log_lines) or "llama.cpp gave no reason"


def main() -> int:
    """Answer until stdin ends. What llama.cpp prints never reaches the messages: stdout becomes stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stream = os.fdopen(os.dup(0), "rb")
    out = os.dup(1)
    os.dup2(2, 1)
    first = read_message(stream)
    if first is None:
        return 0
    settings = LlamaSettings(**cast("Any", first))
    if settings.memory:
        import resource

        limit = settings.memory + SPARE_ADDRESS_SPACE
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    model: LlamaModel | None = None

    def load() -> dict[str, object]:
        nonlocal model
        model = LlamaModel(settings)
        return {"build": model.build, "context": model.room}

    reply = _build_reply(load)
    _write_message(out, reply)
    if model is None:
        return 1
    handler = RequestHandler(model, settings.states)
    while (message := read_message(stream)) is not None:
        request = cast("ModelRequest", message)
        model.deadline = monotonic() + request["timeout"]
        _write_message(out, _build_reply(partial(handler.answer, request)))
    return 0


def _build_reply(work: Callable[[], Mapping[str, object]]) -> dict[str, object]:
    try:
        return {"ok": work()}
    except ModelProcessError as error:
        return {"refused": error.code, "reason": error.reason}
    except MemoryError:
        return {"refused": "memory", "reason": "the model needs more memory than allowed"}


def _write_message(out: int, message: Mapping[str, object]) -> None:
    data = pack_message(message)
    while data:
        data = data[os.write(out, data) :]


if __name__ == "__main__":
    sys.exit(main())
