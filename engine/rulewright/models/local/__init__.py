"""A model of one's own, run by llama.cpp in a process of its own."""
