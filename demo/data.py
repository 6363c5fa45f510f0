"""Production-like data: users, products, orders, events; the same for the same seed."""
import random
from datetime import datetime, timedelta

COUNTRIES = ["DE", "FR", "GB", "US", "IN", "BR", "JP", "NG", "PL", "SE"]
PLANS = ["free", "free", "free", "basic", "basic", "pro", "enterprise"]
CATEGORIES = ["books", "audio", "kitchen", "garden", "toys", "office"]
EVENT_KINDS = ["view", "view", "view", "search", "cart", "purchase"]
ADJECTIVES = ["Quiet", "Bright", "Solid", "Swift", "Amber", "Plain", "Round"]
NOUNS = ["Lamp", "Speaker", "Kettle", "Notebook", "Spade", "Puzzle", "Chair"]

SCHEMA = [
    """CREATE TABLE users (
        id BIGINT PRIMARY KEY, email VARCHAR NOT NULL UNIQUE, name VARCHAR NOT NULL, country VARCHAR NOT NULL,
        plan VARCHAR NOT NULL DEFAULT 'free', created_at TIMESTAMP NOT NULL)""",
    """CREATE TABLE products (
        id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, category VARCHAR NOT NULL, price DECIMAL(10,2) NOT NULL CHECK (price > 0))""",
    """CREATE TABLE orders (
        id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES users (id), product_id BIGINT NOT NULL REFERENCES products (id),
        quantity INTEGER NOT NULL, amount DECIMAL(12,2) NOT NULL, status VARCHAR NOT NULL, ordered_at TIMESTAMP NOT NULL)""",
    """CREATE TABLE events (
        id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL, kind VARCHAR NOT NULL, duration_ms DOUBLE, occurred_at TIMESTAMP NOT NULL)""",
]


def rows(seed, scale):
    """Yields (table, list of row tuples); `scale` 1.0 makes about 115,000 rows."""
    rng = random.Random(seed)
    start = datetime(2025, 1, 1)
    moment = lambda: (start + timedelta(seconds=rng.randrange(365 * 86400))).strftime("%Y-%m-%d %H:%M:%S")
    users, products, orders, events = (int(n * scale) for n in (10_000, 300, 40_000, 65_000))
    users, products = max(users, 10), max(products, 10)
    yield "users", [
        (i, f"user{i}@example.com", f"User {i}", rng.choice(COUNTRIES), rng.choice(PLANS), moment()) for i in range(1, users + 1)
    ]
    prices = {i: rng.randrange(199, 29_999) for i in range(1, products + 1)}
    yield "products", [
        (i, f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {i}", rng.choice(CATEGORIES), Decimal(cents)) for i, cents in prices.items()
    ]

    def order(i):
        product, quantity = rng.randint(1, products), rng.choice([1, 1, 1, 2, 3, 5])
        status = rng.choices(["paid", "shipped", "returned", "cancelled"], [30, 60, 6, 4])[0]
        return (i, rng.randint(1, users), product, quantity, Decimal(prices[product] * quantity), status, moment())

    yield "orders", [order(i) for i in range(1, orders + 1)]
    yield "events", [
        (i, rng.randint(1, users), rng.choice(EVENT_KINDS), None if rng.random() < 0.05 else round(rng.expovariate(1 / 800), 3), moment())
        for i in range(1, events + 1)
    ]


class Decimal(int):
    """An amount in cents that is written into SQL as an exact decimal."""


def literal(value):
    """A Python value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, Decimal):
        sign, cents = ("-" if value < 0 else ""), abs(int(value))
        return f"{sign}{cents // 100}.{cents % 100:02d}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "x'" + bytes(value).hex() + "'"
    return "'" + str(value).replace("'", "''") + "'"


def insert(client, table, columns, values, batch=1000):
    """Inserts rows in batches of one statement each."""
    names = " (" + ", ".join('"' + c.replace('"', '""') + '"' for c in columns) + ")" if columns else ""
    target = '"' + table.replace('"', '""') + '"'
    for first in range(0, len(values), batch):
        body = ",".join("(" + ",".join(map(literal, row)) + ")" for row in values[first : first + batch])
        client.run(f"INSERT INTO {target}{names} VALUES {body}")
