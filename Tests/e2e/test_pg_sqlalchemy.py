"""SQLAlchemy and Alembic against the PostgreSQL door, over three drivers."""
import datetime as dt
import decimal
import uuid

import pytest
import sqlalchemy as sa
from conftest import postgres_address
from sqlalchemy import orm

DRIVERS = ["psycopg2", "psycopg"]


def engine_for(dsn, driver="psycopg", **options):
    return sa.create_engine(dsn.replace("postgresql://", f"postgresql+{driver}://"), **options)


@pytest.fixture(params=DRIVERS)
def engine(request, dsn):
    made = engine_for(dsn, request.param)
    yield made
    made.dispose()


class Base(orm.DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    __table_args__ = {"comment": "who writes"}
    id: orm.Mapped[int] = orm.mapped_column(sa.Identity(), primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(80), index=True, comment="in full")
    born: orm.Mapped[dt.date | None]
    balance: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(10, 2), server_default="0")
    books: orm.Mapped[list["Book"]] = orm.relationship(back_populates="author", cascade="all, delete-orphan", order_by="Book.id")


class Book(Base):
    __tablename__ = "books"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("authors.id", ondelete="CASCADE"))
    title: orm.Mapped[str]
    key: orm.Mapped[uuid.UUID] = orm.mapped_column(default=uuid.uuid4)
    data: orm.Mapped[dict | None] = orm.mapped_column(sa.JSON)
    cover: orm.Mapped[bytes | None]
    added: orm.Mapped[dt.datetime] = orm.mapped_column(server_default=sa.func.now())
    price: orm.Mapped[float | None]
    sold: orm.Mapped[bool] = orm.mapped_column(default=False)
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")
    __table_args__ = (sa.UniqueConstraint("author_id", "title", name="one_title"), sa.CheckConstraint("price > 0", name="price_is_positive"))


def test_core(engine):
    metadata = sa.MetaData()
    things = sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(40), nullable=False),
                      sa.Column("made", sa.DateTime, server_default=sa.func.now()), sa.Column("worth", sa.Numeric(12, 2)))
    metadata.create_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        made = connection.execute(things.insert().values(name="one", worth=decimal.Decimal("1.50")).returning(things.c.id, things.c.made)).one()
        # Ids go on store-wide for a table's name, so that branches can be merged.
        first = made.id
        assert isinstance(made.made, dt.datetime)
        assert connection.execute(things.insert().values(name="two")).inserted_primary_key == (first + 1,)
        connection.execute(things.insert(), [{"name": f"n{number}", "worth": number} for number in range(50)])
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(things)) == 52
        assert connection.scalar(sa.select(sa.func.sum(things.c.worth)).where(things.c.name.like("n%"))) == decimal.Decimal("1225.00")
        assert connection.scalars(sa.select(things.c.name).where(things.c.id.in_([first, first + 1, 99999])).order_by(things.c.id)).all() == ["one", "two"]
        assert connection.execute(things.update().where(things.c.id >= first + 50).values(name=things.c.name + "!")).rowcount == 2
        assert connection.execute(things.delete().where(things.c.id == first)).rowcount == 1
        connection.rollback()
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(things.insert().values(id=first, name="again"))
        connection.rollback()
        nested = sa.select(things.c.id, sa.func.row_number().over(order_by=things.c.id.desc()).label("place")).subquery()
        assert connection.execute(sa.select(nested).where(nested.c.place == 1)).one() == (first + 51, 1)
    with pytest.raises(sa.exc.ProgrammingError):
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT * FROM nowhere"))
    metadata.drop_all(engine)
    assert sa.inspect(engine).get_table_names() == []


def test_upserts(engine):
    from sqlalchemy.dialects.postgresql import insert

    table = sa.Table("counts", sa.MetaData(), sa.Column("word", sa.Text, primary_key=True), sa.Column("n", sa.Integer))
    table.create(engine)
    with engine.begin() as connection:
        statement = insert(table)
        statement = statement.on_conflict_do_update(index_elements=["word"], set_={"n": table.c.n + statement.excluded.n}).returning(table.c.n)
        assert [connection.execute(statement, {"word": "a", "n": 2}).scalar() for _ in range(3)] == [2, 4, 6]
        assert connection.execute(insert(table).values(word="a", n=0).on_conflict_do_nothing().returning(table.c.n)).all() == []
        assert connection.execute(sa.select(table)).all() == [("a", 6)]


def test_orm(engine):
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        ada = Author(name="Ada", born=dt.date(1815, 12, 10), books=[Book(title="Notes", data={"pages": [1, 2]}, cover=b"\x00\xff", price=9.5)])
        session.add_all([ada, Author(name="O'Brien", balance=decimal.Decimal("-3.25"))])
        session.flush()
        assert ada.id > 0 and ada.books[0].author_id == ada.id
        identity = ada.id
        session.commit()
        assert ada.balance == decimal.Decimal("0.00")
        key = ada.books[0].key
        ada.books.append(Book(title="More"))
        session.commit()
    with orm.Session(engine) as session:
        found = session.scalars(sa.select(Author).options(orm.selectinload(Author.books)).where(Author.name == "Ada")).one()
        assert [(book.title, book.data, book.cover, book.price, book.sold) for book in found.books] == [
            ("Notes", {"pages": [1, 2]}, b"\x00\xff", 9.5, False), ("More", None, None, None, False)]
        assert found.books[0].key == key and abs(found.books[0].added - dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)) < dt.timedelta(minutes=5)
        joined = session.execute(sa.select(Author.name, sa.func.count(Book.id)).outerjoin(Author.books).group_by(Author.name).order_by(Author.name)).all()
        assert joined == [("Ada", 2), ("O'Brien", 0)]
        with pytest.raises(sa.exc.IntegrityError):
            with session.begin_nested():
                session.add(Book(title="Notes", author_id=found.id))
                session.flush()
        found.name = "Ada L."
        session.commit()
        assert session.get(Author, identity).name == "Ada L."
        session.delete(session.get(Author, identity))
        session.commit()
        assert session.scalar(sa.select(sa.func.count()).select_from(Book)) == 0
        session.add_all([Author(name=f"many {number}") for number in range(300)])
        session.commit()
        assert session.scalar(sa.select(sa.func.count(sa.distinct(Author.id)))) == 301


def test_reflection(engine):
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW cheap AS SELECT id, title FROM books WHERE price < 10")
    looked = sa.inspect(engine)
    assert sorted(looked.get_table_names()) == ["authors", "books"]
    assert looked.get_view_names() == ["cheap"]
    assert looked.has_table("books") and not looked.has_table("nowhere")
    assert looked.default_schema_name in looked.get_schema_names() and "main" in looked.get_schema_names()
    columns = {column["name"]: column for column in looked.get_columns("books")}
    assert list(columns) == ["id", "author_id", "title", "key", "data", "cover", "added", "price", "sold"]
    kinds = {name: type(column["type"]).__name__ for name, column in columns.items()}
    assert kinds == {"id": "INTEGER", "author_id": "INTEGER", "title": kinds["title"], "key": "UUID", "data": "JSON", "cover": "BYTEA", "added": "TIMESTAMP",
                     "price": "DOUBLE_PRECISION", "sold": "BOOLEAN"}
    assert kinds["title"] in ("VARCHAR", "TEXT")
    assert not columns["title"]["nullable"] and columns["price"]["nullable"]
    authors = {column["name"]: column for column in looked.get_columns("authors")}
    assert (authors["balance"]["type"].precision, authors["balance"]["type"].scale) == (10, 2) and authors["balance"]["default"] is not None
    assert looked.get_pk_constraint("books")["constrained_columns"] == ["id"]
    keys = looked.get_foreign_keys("books")
    assert [(key["constrained_columns"], key["referred_table"], key["referred_columns"], key["options"]) for key in keys] == [
        (["author_id"], "authors", ["id"], {"ondelete": "CASCADE"})]
    assert [(index["name"], index["column_names"], index["unique"]) for index in looked.get_indexes("authors")] == [("ix_authors_name", ["name"], False)]
    assert [(unique["name"], unique["column_names"]) for unique in looked.get_unique_constraints("books")] == [("one_title", ["author_id", "title"])]
    checks = looked.get_check_constraints("books")
    assert [check["name"] for check in checks] == ["price_is_positive"] and "price > 0" in checks[0]["sqltext"]
    assert "price < 10" in looked.get_view_definition("cheap")
    # A reflected table can be made again elsewhere, and used.
    reflected = sa.MetaData()
    reflected.reflect(engine, views=True)
    assert set(reflected.tables) == {"authors", "books", "cheap"}
    with engine.begin() as connection:
        connection.execute(reflected.tables["authors"].insert(), {"name": "reflected"})
        assert len(connection.execute(sa.select(reflected.tables["authors"].c.id)).all()) == 1


def test_isolation_and_streams(engine):
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "READ COMMITTED"
    for level in ["SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED"]:
        with engine.connect().execution_options(isolation_level=level) as connection:
            connection.exec_driver_sql("SELECT 1")
            assert connection.get_isolation_level() == level
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE TABLE kept (n integer)")
        connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
        connection.rollback()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT n FROM kept").all() == [(1,)]
        result = connection.execution_options(stream_results=True, max_row_buffer=100).exec_driver_sql("SELECT range FROM range(5000)")
        seen = [row[0] for part in result.partitions(300) for row in part]
        assert seen == list(range(5000))
    with engine.connect().execution_options(postgresql_readonly=True) as connection:
        with pytest.raises(sa.exc.DBAPIError) as caught:
            connection.exec_driver_sql("INSERT INTO kept VALUES (2)")
        assert "read" in str(caught.value).lower()


def test_asyncpg_dialect(dsn):
    asyncio = pytest.importorskip("asyncio")
    pytest.importorskip("greenlet", reason="SQLAlchemy's asyncio extension needs greenlet")
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    async def work():
        engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine) as session:
            session.add(Author(name="Ada", books=[Book(title="Notes", price=2.5, data={"a": 1})]))
            await session.commit()
            book = (await session.scalars(sa.select(Book).options(orm.selectinload(Book.author)))).one()
            assert (book.title, book.price, book.data, book.author.name, book.author.balance) == ("Notes", 2.5, {"a": 1}, "Ada", decimal.Decimal("0.00"))
            streamed = await session.stream(sa.text("SELECT range FROM range(1000)"))
            assert [row[0] async for row in streamed] == list(range(1000))
        async with engine.connect() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
            assert sorted(names) == ["authors", "books"]
        await engine.dispose()

    asyncio.run(work())


def test_a_migration_on_a_branch_is_merged(door, branch):
    """Alembic's operations on a branch, data included, then MERGE BRANCH."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    table = f"people_{branch}"
    main = engine_for(door.dsn)
    migrating = engine_for(postgres_address(door, branch + "m"))
    with main.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {table} (id integer PRIMARY KEY, name text NOT NULL, city text)")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1, 'Ada Lovelace', 'London'), (2, 'Alan Turing', NULL)")
    with main.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE BRANCH {branch}m")
    try:
        with migrating.begin() as connection:
            context = MigrationContext.configure(connection)
            with context.begin_transaction():
                operations = Operations(context)
                operations.add_column(table, sa.Column("first", sa.String(40)))
                operations.add_column(table, sa.Column("active", sa.Boolean, server_default=sa.true(), nullable=False))
                operations.execute(f"UPDATE {table} SET first = split_part(name, ' ', 1)")
                with operations.batch_alter_table(table) as batch:
                    batch.alter_column("city", new_column_name="town")
                operations.alter_column(table, "first", nullable=False)
                operations.create_index(f"{table}_first", table, ["first"], unique=True)
                operations.create_check_constraint(f"{table}_has_name", table, "length(name) > 0")
                operations.create_table(f"{table}_tags", sa.Column("id", sa.Integer, primary_key=True), sa.Column("person", sa.Integer, sa.ForeignKey(f"{table}.id")),
                                        sa.Column("tag", sa.String(20)))
                operations.bulk_insert(sa.table(f"{table}_tags", sa.column("id"), sa.column("person"), sa.column("tag")), [{"id": 1, "person": 1, "tag": "x"}])
        # main is as it was, and goes on.
        with main.begin() as connection:
            assert [column["name"] for column in sa.inspect(connection).get_columns(table)] == ["id", "name", "city"]
        with main.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"MERGE BRANCH {branch}m")
        looked = sa.inspect(main)
        assert [column["name"] for column in looked.get_columns(table)] == ["id", "name", "town", "first", "active"]
        assert f"{table}_first" in [index["name"] for index in looked.get_indexes(table)]
        with main.connect() as connection:
            assert connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").all() == [
                (1, "Ada Lovelace", "London", "Ada", True), (2, "Alan Turing", None, "Alan", True)]
            assert connection.exec_driver_sql(f"SELECT person, tag FROM {table}_tags").all() == [(1, "x")]
    finally:
        migrating.dispose()
        with main.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}_tags")
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
            connection.exec_driver_sql(f"DROP BRANCH IF EXISTS {branch}m FORCE")
        main.dispose()


def test_alembic_itself(dsn, tmp_path):
    """Revisions of a real Alembic environment: upgrade, autogenerate finding nothing, downgrade."""
    from alembic import command
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext

    url = dsn.replace("postgresql://", "postgresql+psycopg://")
    folder = tmp_path / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    command_output = tmp_path / "alembic.ini"
    config.config_file_name = str(command_output)
    command.init(config, str(folder))
    (folder / "env.py").write_text("""
from alembic import context
from sqlalchemy import create_engine
engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
""")
    head = "from alembic import op\nimport sqlalchemy as sa\n"
    (folder / "versions" / "one.py").write_text(head + """
revision, down_revision = "one", None
def upgrade():
    op.create_table("items", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20), nullable=False))
    op.execute("INSERT INTO items VALUES (1, 'a')")
def downgrade():
    op.drop_table("items")
""")
    (folder / "versions" / "two.py").write_text(head + """
revision, down_revision = "two", "one"
def upgrade():
    op.add_column("items", sa.Column("worth", sa.Integer, server_default="5"))
    op.create_index("items_worth", "items", ["worth"])
def downgrade():
    op.drop_index("items_worth", "items")
    op.drop_column("items", "worth")
""")
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "head")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM items").all() == [(1, "a", 5)]
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").all() == [("two",)]
        wanted = sa.MetaData()
        sa.Table("items", wanted, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20), nullable=False),
                 sa.Column("worth", sa.Integer, server_default="5"), sa.Index("items_worth", "worth"))
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), wanted)
        assert differences == []
    command.downgrade(config, "one")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM items").all() == [(1, "a")]
    engine.dispose()
