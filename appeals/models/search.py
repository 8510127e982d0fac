"""The search of staff: its index of words, the marks of what is to be indexed, saved searches."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class SearchWords(Base):
    """The words of an appeal, of all its texts together (`casework/search/search_index.py`).

    Those of a long appeal are stored outside the row (`toast_tuple_target`), so that a search reads
    few pages.
    """

    __tablename__ = "search_words"
    __table_args__ = (
        sa.Index("ix_search_words_words", "words", postgresql_using="gin"),
        {"postgresql_with": {"toast_tuple_target": 128}},
    )

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id"), primary_key=True, autoincrement=False
    )
    words: Mapped[list[str]] = mapped_column(ARRAY(sa.Text(collation="C")))


class SearchMark(Base):
    """A mark that an appeal changed and its words are to be indexed; deleted by the worker.

    A trigger writes it with each move, so that filing, bulk writing, imports and the previous
    release all do. An appeal may have several.
    """

    __tablename__ = "search_mark"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int]


class SavedSearch(Base):
    """One person's saved search, stored as the query string of its URL."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("staff_id", "name", name="one_search_per_name"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    name: Mapped[str]
    query: Mapped[str]
