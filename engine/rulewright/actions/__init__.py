"""Actions: what each one plans, checks, predicts and takes back; one module for each."""
