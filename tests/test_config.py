"""Settings: documented, checked, and refused with a reason."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from config import Settings


def documented(root: Path) -> dict[str, tuple[str, str]]:
    """The table of settings in the README: name -> default, meaning."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", (root / "README.md").read_text(), re.MULTILINE)
    return {name: (default, meaning) for name, default, meaning in rows}


def test_the_readme_has_every_setting_with_its_default_and_meaning(root: Path) -> None:
    expected = {
        name.upper(): ("" if field.default is None else f"`{field.default}`", field.description)
        for name, field in Settings.model_fields.items()
    }
    assert documented(root) == expected


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"jwt_secret": "too short"}, "at least 32 bytes"),
        ({"environment": "production"}, "JWT_SECRET or JWT_JWKS_URL"),
        ({"page_size": 501}, "PAGE_SIZE_LIMIT"),
        ({"port": 70000}, "65535"),
    ],
)
def test_bad_settings_are_refused_with_a_reason(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Settings(**values)  # type: ignore[arg-type]


def test_settings_come_from_the_environment_and_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    settings = Settings()
    assert settings.port == 8123
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_in_development_a_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first, second = (Settings(data_dir=tmp_path / "data").signing_secret for _ in range(2))
    assert first is not None
    assert first == second
    assert len(first) >= 32
    assert (tmp_path / "data" / "jwt-secret").stat().st_mode & 0o077 == 0


def test_with_a_provider_of_keys_there_is_no_secret_of_our_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, jwt_jwks_url="https://id.example/keys")
    assert settings.signing_secret is None
