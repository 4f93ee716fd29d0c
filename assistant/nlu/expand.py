"""Every phrase that a template stands for, with the slot values that it names.

hassil samples texts alone; here the values travel with the text, so that the phrase and its
meaning come from one walk and cannot disagree.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from math import factorial, prod

from hassil import expression as hx

from assistant.errors import IntentsError
from assistant.nlu.slots import Value
from assistant.nlu.suggest import suggestion
from assistant.nlu.templates import TemplateSet

Variant = tuple[str, tuple[Value, ...]]
"""Text with its spaces as written, and the values that it names."""


class Expander:
    """Counts and expands expressions against the lists and rules of one set."""

    def __init__(self, templates: TemplateSet) -> None:
        self._lists = templates.lists
        self._rules = templates.rules
        self._rule_counts: dict[str, int] = {}
        self._rules_open: list[str] = []
        # Numbers and movements stand in very many templates: each is expanded once.
        self._rule_variants: dict[str, list[Variant]] = {}
        self._list_variants: dict[tuple[str, str], list[Variant]] = {}

    def count(self, expression: hx.Expression, place: str) -> int:
        """Return how many variants an expression has, without making them.

        Raises IntentsError for an unknown list or rule, and for a rule that refers to itself.
        """
        match expression:
            case hx.TextChunk():
                return 1
            case hx.ListReference(list_name=name):
                if name not in self._lists:
                    raise IntentsError(
                        f"unknown list '{{{name}}}'",
                        place=place,
                        mend=suggestion(name, self._lists),
                    )
                return sum(self.count(entry.expression, place) for entry in self._lists[name])
            case hx.RuleReference(rule_name=name):
                return self._count_rule(name, place)
            case hx.Alternative(items=items):
                return sum(self.count(item, place) for item in items)
            case hx.Permutation(items=items):
                return factorial(len(items)) * prod(self.count(item, place) for item in items)
            case hx.Group(items=items):
                return prod(self.count(item, place) for item in items)
            case _:
                raise TypeError(f"hassil has a new kind of expression: {expression!r}")

    def _count_rule(self, name: str, place: str) -> int:
        if name not in self._rules:
            raise IntentsError(
                f"unknown rule '<{name}>'", place=place, mend=suggestion(name, self._rules)
            )
        if name in self._rules_open:
            path = " > ".join([*self._rules_open, name])
            raise IntentsError(
                f"rule '<{name}>' refers to itself ({path})",
                place=place,
                mend="Write out the part that repeats.",
            )
        if name not in self._rule_counts:
            self._rules_open.append(name)
            self._rule_counts[name] = self.count(self._rules[name], place)
            self._rules_open.pop()
        return self._rule_counts[name]

    def variants(self, expression: hx.Expression) -> list[Variant]:
        """Return every variant of an expression that `count` has passed."""
        match expression:
            case hx.TextChunk(original_text=text):
                return [(text, ())]
            case hx.ListReference(list_name=name, slot_name=slot):
                if (name, slot) not in self._list_variants:
                    self._list_variants[name, slot] = [
                        (text, (*values, (slot, entry.value)))
                        for entry in self._lists[name]
                        for text, values in self.variants(entry.expression)
                    ]
                return self._list_variants[name, slot]
            case hx.RuleReference(rule_name=name):
                if name not in self._rule_variants:
                    self._rule_variants[name] = self.variants(self._rules[name])
                return self._rule_variants[name]
            case hx.Alternative(items=items):
                return [variant for item in items for variant in self.variants(item)]
            case hx.Permutation(items=items):
                return [
                    variant
                    for order in permutations([self.variants(item) for item in items])
                    for variant in _joined(order)
                ]
            case hx.Group(items=items):
                return list(_joined([self.variants(item) for item in items]))
            case _:
                raise TypeError(f"hassil has a new kind of expression: {expression!r}")


def _joined(parts: Sequence[list[Variant]]) -> Iterator[Variant]:
    for combination in product(*parts):
        yield (
            "".join(text for text, _ in combination),
            tuple(value for _, values in combination for value in values),
        )
