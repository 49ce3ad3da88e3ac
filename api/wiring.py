"""The one place where everything is put together: `build(settings)`. No globals."""
