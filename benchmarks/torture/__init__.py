"""Torture of the event log: each test asks for one promise, counts how often it was broken, and says with which seed.

kill -9 ends a process, not the machine: what was written survives in the kernel's memory, so no test here says
anything about fsync, a power cut, or a disk that lies.
"""
