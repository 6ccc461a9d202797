"""From a commission's file to the log: take, parse, map, check, decide, append; no row is lost on the way."""
