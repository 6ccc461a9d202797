"""Workbooks that go out to people: a commission's template, and what it sent in with what is wrong marked on it."""
