"""Rosters: files, pasted rows and JSON → lines whose columns are known, or one clear refusal."""
