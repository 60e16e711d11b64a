"""Policy tests: cases beside the policies, what they cover, and the mutants that they kill.

    *.test.yaml ──read──▶ Case ──prepare──▶ Ready ──judge──▶ Judged ──▶ coverage, mutation

A case is judged by the very functions that decide for real: evaluate and plan. Nothing is gathered; a fact
that a case does not give is unknown.
"""
