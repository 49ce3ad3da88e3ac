"""The gate: `decide(state, event, now)`, pure. The only maker of Commands."""
