"""How long a warm chat response takes, with several users at once."""

from __future__ import annotations

import pytest

MESSAGES = [f"what about the {thing}" for thing in ("report", "garden", "train", "book", "rent")] * 20


@pytest.mark.slo("chat-response-p50", "chat-response-p95")
def test_chat_latency(slo, ask_together):
    def chat(client, message):
        with slo.measure("chat_response"):
            answer = client.post("/chat", message=message)["answer"]
        assert len(answer.split()) == 24

    ask_together(chat, MESSAGES)
