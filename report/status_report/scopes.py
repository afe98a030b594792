"""The filters of the page: everything, one source, or one of several accounts of a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRODUCTS = {
    "boxwatch": "BoxWatch",
    "cachet": "Cachet",
    "instatus": "Instatus",
    "rootly": "Rootly",
    "sigryl": "Sigryl",
}
"""How the products spell their names."""

MOST_ACCOUNTS = 60
"""Each scope makes the page larger; with more accounts than this only sources can be chosen."""


@dataclass(frozen=True)
class Scope:
    """A subset of the data.

    Attributes:
        source: The product; None for all.
        account: The account; None for all of the product.
    """

    source: str | None = None
    account: str | None = None

    @property
    def name(self) -> str:
        """Its name in the filter."""
        if self.source is None:
            return "All sources"
        product = product_name(self.source)
        return product if self.account is None else f"{product}: {self.account}"

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row belongs to it.

        Args:
            row: A row with `source` and `account`.
        """
        return self.source in (None, row["source"]) and self.account in (None, row["account"])

    def is_of(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is the total of exactly this scope.

        Args:
            row: A row of a query with grouping sets: `source` and `account` are null where it sums over them.
        """
        return (self.source, self.account) == (row["source"], row["account"])


def product_name(source: str) -> str:
    """How a product spells its name; an unknown source stays as it is."""
    return PRODUCTS.get(source, source)


def scopes_of(accounts: Iterable[tuple[str, str]]) -> list[Scope]:
    """The scopes, the widest first.

    Args:
        accounts: Pairs of source and account.
    """
    by_source: dict[str, list[str]] = {}
    for source, account in sorted(set(accounts)):
        by_source.setdefault(source, []).append(account)
    all_accounts = sum(map(len, by_source.values()))
    found = [Scope()]
    if all_accounts == 1:
        return found
    for source, names in by_source.items():
        found.append(Scope(source))
        if len(names) > 1 and all_accounts <= MOST_ACCOUNTS:
            found += [Scope(source, name) for name in names]
    return found
