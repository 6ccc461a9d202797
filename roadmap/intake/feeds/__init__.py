"""Feeds that are asked: what is new there becomes a file in the commission's inbox, and takes a file's way from there.

A file is handed on together with the cursor that is to be kept with its receipt. Whoever is killed in between leaves
the file in the inbox and the cursor where it was: the next pull takes the file, asks once more for the same, and the
log knows it.
"""
