"""The model's own process: `python -m rulewright.models.local.server`, JSON on stdin and stdout.

The only module that imports llama_cpp, which can take the interpreter down: with a broken grammar, on a second
thread, out of memory. The first message loads a model (`Settings`), each later one is answered in turn.
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
from typing import TYPE_CHECKING, Any, Final

import llama_cpp.llama_cpp as lib
import numpy
from llama_cpp import __version__

from rulewright.models.local import messages as frames
from rulewright.models.local.chat_template import PLAIN_TEMPLATE, ChatTemplate, split_template
from rulewright.models.local.label_trie import ScoreRequest, TrieNode, group_requests, merge_paths
from rulewright.models.local.request_handler import RequestHandler, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ABORTED: Final = 2
"""What llama_decode answers when the abort callback said so."""
MAX_PARALLEL_PATHS: Final = 16
"""Paths that are evaluated side by side."""
SPARE_ADDRESS_SPACE: Final = 1 << 30
"""Bytes of address space beside the memory limit: libraries reserve more than they use."""


class LlamaModel:
    """llama.cpp's C interface as `Weights`. Nothing of it is safe on two threads."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.deadline = monotonic() + float(settings["load_timeout"])
        self.said: deque[str] = deque(maxlen=3)
        self.log = lib.llama_log_callback(self._log)
        lib.llama_log_set(self.log, ctypes.c_void_p(0))
        lib.llama_backend_init()
        self.embedding = bool(settings["embedding"])
        self.seed, self.temperature, self.top_p = settings["seed"], settings["temperature"], settings["top_p"]
        model = lib.llama_model_default_params()
        model.n_gpu_layers = settings["gpu_layers"]
        self.model = lib.llama_model_load_from_file(os.fsencode(settings["path"]), model)
        if not self.model:
            raise RequestRefused("failed", f"the model does not load: {self._why()}")
        self.vocab = lib.llama_model_get_vocab(self.model)
        self.context = lib.llama_init_from_model(self.model, self._parameters(settings))
        if not self.context:
            raise RequestRefused("failed", f"the model's context does not load: {self._why()}")
        self.memory = lib.llama_get_memory(self.context)
        self.room = lib.llama_n_ctx(self.context)
        self.batch = lib.llama_n_batch(self.context)
        self.abort = lib.ggml_abort_callback(lambda _: monotonic() > self.deadline)
        lib.llama_set_abort_callback(self.context, self.abort, ctypes.c_void_p(0))
        self.template = self._template(settings.get("chat_template"))
        machine = lib.llama_print_system_info().decode("utf-8", "replace")
        self.build = f"{__version__} {machine} {self.room} {self.batch} {self.template!r}"
        self.length = 0
        self.attributes: dict[int, int] = {}
        self.harmless: set[int] = set()
        self.forbidden: frozenset[int] = frozenset()
        self.forbidden = frozenset(
            one
            for part in self.template
            for one in self._read(part, special=True)
            if self._attribute(one) & (lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED)
        )

    def _parameters(self, settings: Mapping[str, Any]) -> Any:
        """Flash attention changes scores in the fifth digit by what else is held: it is not used."""
        out = lib.llama_context_default_params()
        trained = lib.llama_model_n_ctx_train(self.model)
        out.n_ctx = min(int(settings["context"]), trained) if trained > 0 else int(settings["context"])
        out.n_batch = out.n_ctx if self.embedding else min(int(settings["batch"]), out.n_ctx)
        out.n_ubatch = out.n_batch
        out.n_threads = out.n_threads_batch = int(settings["threads"])
        out.n_seq_max = 1 if self.embedding else MAX_PARALLEL_PATHS + 1
        out.kv_unified = True
        out.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        out.embeddings = self.embedding
        out.swa_full = True  # a sliding window could not be rewound
        out.no_perf = True
        return out

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """Raises Refused when control tokens cannot be kept out of the text's tokens; that has never been seen."""
        found = self._read(text, special=special)
        if special or self.harmless.issuperset(found):
            return found
        if not any(map(self.control, found)):
            self.harmless.update(found)
            return found
        # Merging pieces can build what looks like a marker out of plain text; single characters cannot.
        found = [one for char in text for one in self._read(char, special=False)]
        return [one for one in found if not self.control(one)]

    def start(self) -> list[int]:
        first = lib.llama_vocab_bos(self.vocab)
        wanted = lib.llama_vocab_get_add_bos(self.vocab) and first >= 0
        return [first] if wanted and self._read(self.template.head, special=True)[:1] != [first] else []

    def evaluate(self, tokens: Sequence[int]) -> None:
        for at in range(0, len(tokens), self.batch):
            part = tokens[at : at + self.batch]
            held = (lib.llama_token * len(part))(*part)  # the batch points into it
            self._done(lib.llama_decode(self.context, lib.llama_batch_get_one(held, len(part))))
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
        root = [one for one in asked if not one[0]]
        groups = group_requests([one for one in asked if one[0]], self.batch, MAX_PARALLEL_PATHS)
        count = 0
        found: list[list[float]] = []
        if not groups or len(question) + sum(len(path) for path, _ in groups[0]) > self.batch:
            self.evaluate(question)
            found, question = [self._logits(-1, among) for _, among in root], ()
        for number, group in enumerate(groups):
            nodes = merge_paths([path for path, _ in group])
            count += len(nodes)
            with_root = [*root, *group] if number == 0 and question else group
            found += self._side_by_side(() if number else question, nodes, with_root)
        return found, count

    def generate(self, grammar: str, most: int) -> tuple[str, int, bool]:
        chain = self._sampler(grammar)
        out = bytearray()
        try:
            for count in range(most):
                token = lib.llama_sampler_sample(chain, self.context, -1)
                if lib.llama_vocab_is_eog(self.vocab, token):
                    return self._text(out), count, True
                out += self._piece(token)
                if self.length >= self.room:
                    return self._text(out), count + 1, False
                self.evaluate([token])
            return self._text(out), most, False
        finally:
            lib.llama_sampler_free(chain)

    def score(self, question: Sequence[int], ending: Sequence[int]) -> float:
        tokens = [*question, *ending]
        if len(tokens) > self.batch or not ending:
            raise RequestRefused(
                "too_long", "a statement is empty, or longer than what the model evaluates at once"
            )
        first = len(question) - 1
        self._decode(
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
            raise RequestRefused("unsupported", "this model generates; embeddings need a model of their own")
        first, last = lib.llama_vocab_bos(self.vocab), lib.llama_vocab_sep(self.vocab)
        found = self.tokens(text[: self.room * 64])
        begin = [first] if first >= 0 else []
        end = [last] if last >= 0 else []
        tokens = [*begin, *found[: self.room - len(begin) - len(end)], *end] or self._read(" ", special=False)
        if self.memory:
            lib.llama_memory_clear(self.memory, True)
        self._decode([(token, at, [0], True) for at, token in enumerate(tokens)])
        pointer = lib.llama_get_embeddings_seq(self.context, 0)
        if not pointer:
            raise RequestRefused("unsupported", "this model has no pooling, so no embedding of a text")
        values = [float(one) for one in pointer[: lib.llama_model_n_embd(self.model)]]
        norm = sqrt(sum(one * one for one in values)) or 1.0
        return [round(one / norm, 7) for one in values], len(tokens)

    def _side_by_side(
        self, question: Sequence[int], nodes: Sequence[TrieNode], asked: Sequence[ScoreRequest]
    ) -> list[list[float]]:
        """The question, in all sequences, and the nodes behind it, in one batch."""
        sequences = range(1, 1 + max((one for _, own in nodes for one in own), default=0))
        for one in sequences:
            lib.llama_memory_seq_cp(self.memory, 0, one, -1, -1)
        wanted = len(question) - 1
        rows = [(token, self.length + at, [0, *sequences], at >= wanted) for at, token in enumerate(question)]
        rows += [(path[-1], self.length + len(question) + len(path) - 1, own, True) for path, own in nodes]
        try:
            self._decode(rows)
        finally:
            for one in sequences:
                lib.llama_memory_seq_rm(self.memory, one, -1, -1)
        self.length += len(question)
        places = {path: len(question) + at for at, (path, _) in enumerate(nodes)} | {(): len(question) - 1}
        return [self._logits(places[tuple(path)], among) for path, among in asked]

    def _decode(self, rows: Sequence[tuple[int, int, Sequence[int], bool]]) -> None:
        """Evaluate (token, position, its sequences, whether its scores are wanted) as one batch."""
        batch = lib.llama_batch_init(len(rows), 0, MAX_PARALLEL_PATHS + 1)
        try:
            batch.n_tokens = len(rows)
            for at, (token, place, own, wanted) in enumerate(rows):
                batch.token[at], batch.pos[at] = token, place
                batch.n_seq_id[at], batch.logits[at] = len(own), wanted
                for number, sequence in enumerate(own):
                    batch.seq_id[at][number] = sequence
            self._done(lib.llama_decode(self.context, batch))
        finally:
            lib.llama_batch_free(batch)

    def _logits(self, at: int, among: Sequence[int]) -> list[float]:
        found = lib.llama_get_logits_ith(self.context, at)
        return [float(found[one]) for one in among]

    def _read(self, text: str, *, special: bool) -> list[int]:
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
        control = self._attribute(token) & lib.LLAMA_TOKEN_ATTR_CONTROL
        return bool(control) or token in self.forbidden

    def _attribute(self, token: int) -> int:
        found = self.attributes.get(token)
        if found is None:
            found = int(lib.llama_vocab_get_attr(self.vocab, token))
            if lib.llama_vocab_is_eog(self.vocab, token):
                found |= lib.LLAMA_TOKEN_ATTR_CONTROL
            self.attributes[token] = found
        return found

    def _sampler(self, grammar: str) -> Any:
        if not grammar.strip():
            raise RequestRefused("invalid", "an empty grammar, which llama.cpp takes for none at all")
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        rules = lib.llama_sampler_init_grammar(self.vocab, grammar.encode("utf-8"), b"root")
        if not rules:
            lib.llama_sampler_free(chain)
            raise RequestRefused("invalid", "the grammar does not parse")
        lib.llama_sampler_chain_add(chain, rules)
        if self.temperature <= 0:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
            return chain
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(self.top_p, 1))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(self.temperature))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(self.seed))
        return chain

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(512)
        count = lib.llama_token_to_piece(self.vocab, token, buffer, 512, 0, False)
        return buffer.raw[: max(count, 0)]

    def _text(self, data: bytearray) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise RequestRefused("invalid", "the model's answer is no text") from None

    def _template(self, named: str | None) -> ChatTemplate:
        if self.embedding:
            return ChatTemplate("", "", "")
        source = named
        if source is None:
            own = lib.llama_model_chat_template(self.model, None)
            source = own.decode("utf-8", "replace") if own else PLAIN_TEMPLATE
        try:
            return split_template(
                source,
                bos=self._name(lib.llama_vocab_bos(self.vocab)),
                eos=self._name(lib.llama_vocab_eos(self.vocab)),
            )
        except ValueError as error:
            raise RequestRefused("unsupported", str(error)) from None

    def _name(self, token: int) -> str:
        text = lib.llama_vocab_get_text(self.vocab, token) if token >= 0 else None
        return text.decode("utf-8", "replace") if text else ""

    def _done(self, code: int) -> None:
        if code == ABORTED:
            raise RequestRefused("timeout", "the model took longer than allowed")
        if code != 0:
            raise RequestRefused("failed", f"llama.cpp cannot evaluate the prompt (code {code})")

    def _log(self, level: int, text: bytes, _: Any) -> None:
        if level in (3, 4):  # GGML_LOG_LEVEL_WARN, GGML_LOG_LEVEL_ERROR
            self.said.append(text.decode("utf-8", "replace").strip()[:200])

    def _why(self) -> str:
        return "; ".join(self.said) or "llama.cpp does not say why"


def main() -> int:
    """Answer until stdin ends. What llama.cpp prints never reaches the messages: stdout becomes stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stream = os.fdopen(os.dup(0), "rb")
    out = os.dup(1)
    os.dup2(2, 1)
    settings = frames.read_message(stream)
    if settings is None:
        return 0
    limit = settings.get("memory")
    if limit:
        import resource

        resource.setrlimit(
            resource.RLIMIT_AS, (int(limit) + SPARE_ADDRESS_SPACE, int(limit) + SPARE_ADDRESS_SPACE)
        )
    llama: LlamaModel | None = None

    def load() -> dict[str, Any]:
        nonlocal llama
        llama = LlamaModel(settings)
        return {"build": llama.build, "context": llama.room}

    reply = _run_guarded(load)
    _write_message(out, reply)
    if llama is None:
        return 1
    answering = RequestHandler(llama, settings.get("states"))
    while (request := frames.read_message(stream)) is not None:
        llama.deadline = monotonic() + float(request["timeout"])
        _write_message(out, _run_guarded(partial(answering.answer, request)))
    return 0


def _run_guarded(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"ok": work()}
    except RequestRefused as error:
        return {"refused": error.code, "reason": error.reason}
    except MemoryError:
        return {"refused": "memory", "reason": "the model needs more memory than allowed"}


def _write_message(out: int, message: dict[str, Any]) -> None:
    data = frames.pack_message(message)
    while data:
        data = data[os.write(out, data) :]


if __name__ == "__main__":
    sys.exit(main())
