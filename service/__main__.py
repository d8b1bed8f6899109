"""Lets `python -m service` be the command line, for processes we start ourselves."""

from service.cli import main

main()
