from pathlib import Path

import pytest

from bench import report


def test_a_target_is_missed_beyond_most_and_below_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "targets.toml").write_text("[it.most]\nseconds = 2\nmib = 5\n[it.least]\nratio = 1.5\nrate = 10\n")
    monkeypatch.setattr(report, "HERE", tmp_path)
    assert report.missed("it", {"seconds": 2, "mib": 5.1, "ratio": 1.5, "rate": 9, "else": 1}) == [
        "mib is 5.1; the target is at most 5",
        "rate is 9; the target is at least 10",
    ]
    assert report.missed("other", {"seconds": 3}) == []


def test_sections_are_replaced_where_they_are_with_a_line_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "HERE", tmp_path)
    for name, text in (("one", "1\n"), ("two", "2"), ("one", "3"), ("three", "4")):
        report.publish(name, text)
    assert (tmp_path / "RESULTS.md").read_text() == "# Results\n\n## one\n\n3\n\n## two\n\n2\n\n## three\n\n4\n"
