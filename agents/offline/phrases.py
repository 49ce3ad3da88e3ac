"""The offline operator's own words. None holds a number: numbers come from tools alone."""

NAME: str = "offline operator 1"
"""What stands under its answers; the number is its version."""

CAN = (
    "I answer questions about this plant: how something runs now, how a value went, indicators, "
    "alarms and incidents, causes, what would happen if, comparisons, what the manuals say, what "
    "could be done, proposals and work orders. I can hand in a proposal; people decide."
)
HELLO = "Good day. {can}"
NOT_UNDERSTOOD = "I did not understand “{question}”. {can}"
UNKNOWN_NAME = "There is nothing here called “{name}”. Nearest: {nearest}."
WHICH = "Which do you mean: {choices}?"
WHICH_CHANGE = (
    "I can simulate it, but did not understand the change. Say what changes and by how much, for "
    "example that a machine stops for some minutes, runs at some per cent of its speed, or that a "
    "setpoint goes to a value."
)
DECIDE = (
    "Only people decide and act here; I cannot approve, reject, write or switch anything. I can "
    "find the cause, simulate what would help and propose it."
)
NOT_WRITTEN = "I set nothing myself; this is what the simulation says."
SEEN = "What was seen:"
DOCUMENT = "From the documents:"
REMEDIES = "What could be done, best first:"
OTHERS = "Also possible:"
OFFER = "Say “propose it” to hand the best in for approval."
MAY_NOT_PROPOSE = "You are not among those who may propose; an operator can hand it in."
NOTHING_FOUND = "Nothing was found that bears an answer."
FAILED = "{text}"
"""Templates by name; braces are filled with names from the plant or words of tools."""
