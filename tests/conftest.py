"""How properties are tested: no example fails for the time it took, which a busy machine decides."""

from hypothesis import settings

settings.register_profile("opstwin", deadline=None)
settings.load_profile("opstwin")
