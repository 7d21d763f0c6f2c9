"""What columns are made of: each kind of value in one place, each with a sentence of its own."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Integer, MetaData, String, Text

METADATA: Final = MetaData()
# SQLite counts only an INTEGER key; it holds 64 bit there.
_COUNT: Final = BigInteger().with_variant(Integer, "sqlite")


def id_(name: str, comment: str, *, nullable: bool = False, of: str = "") -> Column[str]:
    """An id."""
    keys = [ForeignKey(of)] if of else []
    return Column(name, String(64), *keys, nullable=nullable, comment=comment)


def text_(name: str, comment: str, *, nullable: bool = False) -> Column[str]:
    """Plain text."""
    return Column(name, Text, nullable=nullable, comment=comment)


def ns(name: str, comment: str, *, nullable: bool = False) -> Column[int]:
    """Nanoseconds, UTC."""
    return Column(name, BigInteger, nullable=nullable, comment=comment)


def int_(name: str, comment: str, *, nullable: bool = False) -> Column[int]:
    """A whole number of 32 bit."""
    return Column(name, Integer, nullable=nullable, comment=comment)


def flag(name: str, comment: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False, comment=comment)


def real(name: str, comment: str) -> Column[float]:
    """A number with a fraction."""
    return Column(name, Double, nullable=False, comment=comment)


def key(name: str, comment: str) -> Column[str]:
    """A row's id."""
    return Column(name, String(64), primary_key=True, comment=comment)


def counting(name: str, comment: str) -> Column[int]:
    """A number that counts up by itself."""
    return Column(name, _COUNT, primary_key=True, autoincrement=True, comment=comment)


def counted(name: str, comment: str, *, of: str = "") -> Column[int]:
    """Such a number as a row's key, or part of it, that is given to it."""
    keys = [ForeignKey(of)] if of else []
    return Column(name, _COUNT, *keys, primary_key=True, autoincrement=False, comment=comment)
