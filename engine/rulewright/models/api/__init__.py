"""Tasks answered by a server with OpenAI's interface."""
