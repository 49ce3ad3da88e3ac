"""The rules that decide whether a reading is believed. They must never change a value."""
