from twin_core.reader import Reader


def test_who_computes_for_somebody_hears_once_that_he_has_left():
    """When he leaves, or at once if he has; not what was forgotten."""
    reader, heard = Reader(), []
    reader.tell(end := lambda: heard.append("first"))
    reader.tell(lambda: heard.append("second"))
    reader.forget(end)
    reader.leave()
    assert reader.gone
    reader.tell(lambda: heard.append("late"))
    assert heard == ["second", "late"]
