"""Audits: a roster → a verdict on every row, findings over all of them, reports and receipts."""
