"""What the assistant itself adds to an answer, whoever worded it. No phrase has a number."""

NO_TIME = "the time allowed for an answer ran out"
BROKE = "something broke while the answer was being worked out"
NOTHING = "Nothing was found out that bears an answer."
STRUCK = (
    "A statement was struck out here: it held something that is not in the evidence of this run."
)
LOST_MEANWHILE = "This was lost while I was looking; what was read before is not given as current."
FELL_BACK = "The model {model} could not be used ({why}); the offline operator answers instead."
FORGETFUL = "This conversation could not be remembered: {why}"
