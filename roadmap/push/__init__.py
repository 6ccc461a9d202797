"""Commissions push their reports: CloudEvents come in over HTTP, and what became of each row goes back.

    endpoint ─► tokens: which commission        ─► 401
             └► envelope: which events           ─► 400, 413, 415
             └► delivery: each by the way of files into the log, its receipt back

An answer is given when what it says is written, never before.
"""
