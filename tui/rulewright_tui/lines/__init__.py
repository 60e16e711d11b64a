"""What each pane says: data to rows of text with roles. Pure; nothing here knows of a terminal."""
