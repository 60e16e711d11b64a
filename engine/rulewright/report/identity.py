"""What is said of an account that rulewright.yaml does not name."""

from __future__ import annotations


def unnamed_account(login: str) -> str:
    """The advice for an account that runs with another token do not know as the tool's."""
    return (
        f"Rulewright writes as {login} here. A workflow with another token does not know the comments and issues of "
        f'this account, and may write them again: name it in rulewright.yaml, `identity: {{ also: ["{login}"] }}`'
    )
