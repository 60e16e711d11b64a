"""What an issue must say: found in `key: value` lines, Markdown headings and issue forms."""
