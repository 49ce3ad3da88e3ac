"""The hash chain over what was decided and done. It must never be edited."""
