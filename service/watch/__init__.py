"""Watch lists: a roster that is looked after night by night, and who is told what becomes of it."""
