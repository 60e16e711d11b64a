"""The kinds of policy: what each compiles to, how it is judged, and its verdict."""
