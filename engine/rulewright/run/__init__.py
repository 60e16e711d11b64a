"""Runs: from events to decisions, plans, writes and the journal of them. The CLI, the action and the TUI share it.

One event, without writing anything:

    from rulewright.run.pipeline import Inputs, plan_subject

    planned = plan_subject(program, event, Inputs(now="2026-01-05T09:00:00Z"))

Many subjects, with the plans applied to `port`:

    from rulewright.run.context import RunContext
    from rulewright.run.runner import run_subjects

    context = RunContext(program, reader, store, now, "octo-org/demo", port=port)
    summary = run_subjects(context, events, on_result=results.append)

`summary.exit_code` and each result's `code` are combined by `rulewright.run.exit_codes.combine`.
"""
