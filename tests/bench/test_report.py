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
