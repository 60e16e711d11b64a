"""What the short names of conditions stand for, for the reference and for completion in editors."""

from __future__ import annotations

from typing import Final

SHORT_NAMES: Final = {
    "title": "The title of the subject: the issue, pull request or discussion of the event.",
    "body": "The body of the subject.",
    "state": "The state of the subject, such as `open`.",
    "author": "The login of the author of the subject.",
    "labels": "The names of the subject's labels.",
    "age": "The time since the subject was created, a duration.",
    "sender": "The login of the user who caused the event.",
    "comments": "The subject's comments, if they were gathered.",
    "now": "The time of the decision.",
}
"""Name → description."""
