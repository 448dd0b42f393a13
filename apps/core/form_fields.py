from __future__ import annotations

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """A list of texts as lines of a text area: unlike commas, line ends never stand inside such a text."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", "One per line.")
        # Only the widget knows of lines: what the array's own field would ask for is left out.
        for name in ("base_field", "size", "max_length"):
            kwargs.pop(name, None)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "cols": 60}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)
