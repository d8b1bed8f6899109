"""Workspaces as people and programs meet them: who asks, signing in, the routes, the commands."""
