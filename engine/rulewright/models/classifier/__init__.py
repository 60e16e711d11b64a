"""Classifiers learnt from labelled examples: words, shape and embeddings, combined; prediction needs numpy alone."""
