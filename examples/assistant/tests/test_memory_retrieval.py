"""How long retrieval takes and how much it finds: queries with typing mistakes over a seeded set of memories."""

from __future__ import annotations

import pytest

from conftest import build_notes, build_questions

LIMIT = 5
QUESTIONS = build_questions(build_notes(), 80)


@pytest.mark.slo("memory-retrieval-p50", "memory-retrieval-p95", "memory-recall")
def test_memory_retrieval(slo, ask_together):
    found = []

    def retrieve(client, question):
        with slo.measure("memory_retrieval"):
            memories = client.get("/memories", query=question.query, limit=LIMIT)["memories"]
        assert len(memories) == LIMIT
        found.append(question.expected in [memory["number"] for memory in memories])

    ask_together(retrieve, QUESTIONS)
    slo.record("recall_at_5", sum(found) / len(QUESTIONS), unit="ratio")
