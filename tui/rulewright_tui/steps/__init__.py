"""What each step makes of the session. Screens turn keys into steps, and draw the state."""
