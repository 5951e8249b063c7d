"""Exit codes, the same for every command."""

DONE = 0
"""Done, and nothing failed."""

FAILED = 1
"""Done or stopped, but something failed, a check found damage, or the disk was full."""

USAGE = 2
"""Wrong usage or configuration; nothing was written."""

INTERRUPTED = 130
"""Interrupted; the same command goes on."""
