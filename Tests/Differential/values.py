"""Values and rows of both sides in one form, so that they can be compared and sorted."""
import datetime
import decimal


def plain(value):
    """A value as text that tells its kind: numbers by value, everything else by its text."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(float(value))
    if isinstance(value, (decimal.Decimal, datetime.date, datetime.datetime)):
        return "'" + str(value) + "'"
    return "'" + str(value) + "'"


def bag(rows):
    """Rows in any order."""
    return sorted(tuple(plain(value) for value in row) for row in rows)
