"""The kinds of policy, one room each: what a kind compiles to, how it is judged, its verdict."""
