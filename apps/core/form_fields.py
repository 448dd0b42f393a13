from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


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


class SuggestInput(forms.TextInput):
    """A text for which the browser suggests what there is; anything else may be written, too."""

    def __init__(self, suggestions: Callable[[], Iterable[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        own = {**(attrs or {}), "list": f"suggested-{name}", "autocomplete": "off"}
        options = format_html_join(
            "", '<option value="{}"></option>', ((each,) for each in self.suggestions())
        )
        field = super().render(name, value, own, renderer)
        return format_html('{}<datalist id="suggested-{}">{}</datalist>', field, name, options)
