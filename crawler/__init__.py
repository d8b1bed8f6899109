"""Asks the registers and reads what they answer into Records."""
