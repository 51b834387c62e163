"""A form whose rarer questions lie folded away."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict


@dataclass(frozen=True, slots=True)
class Fold:
    """Questions under one title. `open`: something in it is wrong, or was filled in though it need not be."""

    title: str
    open: bool
    fields: list[forms.BoundField]


class Folded(forms.Form):
    """`main` are the questions of MAIN that it has, `folds` those of FOLDS, in their order."""

    MAIN: ClassVar[tuple[str, ...]] = ()
    FOLDS: ClassVar[dict[str, tuple[str, ...]]] = {}

    @property
    def main(self) -> list[forms.BoundField]:
        return self._present(self.MAIN)

    @property
    def folds(self) -> list[Fold]:
        parts = ((title, self._present(names)) for title, names in self.FOLDS.items())
        return [Fold(title, any(map(self._matters, fields)), fields) for title, fields in parts if fields]

    def quiet(self) -> "Folded":
        """As it was filled in, without a word about what is wrong with it: it is not finished yet."""
        self._errors = ErrorDict()
        return self

    def _present(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def _matters(self, field: forms.BoundField) -> bool:
        value: Any = field.value()
        if isinstance(field.field, forms.BooleanField):
            return bool(field.errors)
        return bool(field.errors or (not field.field.required and value not in (None, "", [])))
