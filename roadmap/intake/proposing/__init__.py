"""Proposes how an office's sample reads: which column is which field, which word means what, how days are written.

Nothing is guessed in silence: each proposal says why, and what is not sure is left open for the person. All of it is
pure; the sample was read by `parse` before.
"""
