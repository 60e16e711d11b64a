"""Policy tests: cases beside the policies, their coverage, and mutation testing.

    *.test.yaml ──read──▶ Case ──prepare──▶ PreparedCase ──judge──▶ CaseResult ──▶ coverage, mutation

A case is judged by the very functions that decide for real: evaluate and plan. Nothing is gathered; a fact
that a case does not give is unknown.
"""
