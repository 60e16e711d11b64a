"""The four kinds of policy, one folder each: what it compiles to, how it is judged, its verdict."""
