"""Embeddings: a small model out of the box, its file, its vectors and their cache."""
