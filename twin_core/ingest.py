"""The one way in: log, validate, believe or quarantine, settle, raise. No I/O, no bus."""
