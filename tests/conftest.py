"""How properties are tested: no example fails for the time it took; a busy machine decides that."""

from hypothesis import settings

settings.register_profile("opstwin", deadline=None)
settings.load_profile("opstwin")
