"""Models: providers, prompts, recorded answers, embeddings and classifiers. Not loaded by a warm run."""
