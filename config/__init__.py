"""What is known before anything is fetched: words, settings, registers and jurisdictions."""
