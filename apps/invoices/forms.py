from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict

from apps.accounts.models import Brand
from apps.core import clock
from apps.core.errors import DomainError
from apps.invoices.enums import SeriesKind, SeriesReset
from apps.invoices.models import NumberRule
from apps.invoices.numbering import NumberTerms
from apps.invoices.services.change_number_rule import RuleChange, plan_rule_change

RULE_FIELDS = ("prefix", "number_format", "reset", "first_month", "first_number")


class NumberRuleForm(forms.ModelForm):
    """Asks twice: the first save shows which number comes next, and only the same again is kept."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    change: RuleChange

    class Meta:
        model = NumberRule
        fields = ("brand", "kind", *RULE_FIELDS)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # A copy, so that what was shown can be written into the page that is sent back.
        super().__init__(data.copy() if data is not None else None, *args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.change = plan_rule_change(
                brand=self.owner, kind=self.kind, terms=self.terms(), livemode=True, at=clock.now()
            )
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)
            return cleaned
        if cleaned["shown"] != self.change.number_then:
            cast(QueryDict, self.data)["shown"] = self.change.number_then
            raise forms.ValidationError(
                [*self.change.sentences, "Save again to number like this from now on."]
            )
        return cleaned

    @property
    def owner(self) -> Brand:
        return self.instance.brand if self.instance.pk else self.cleaned_data["brand"]

    @property
    def kind(self) -> SeriesKind:
        return SeriesKind(self.instance.kind if self.instance.pk else self.cleaned_data["kind"])

    def terms(self) -> NumberTerms:
        """What was typed in; the rest follows when it is saved."""
        given = {name: self.cleaned_data[name] for name in RULE_FIELDS}
        return NumberTerms(**{**given, "reset": SeriesReset(given["reset"])})
