"""A thousand branches of one branch, each with rows of its own."""
from model import Branch


class WideTree:
    def __init__(self, server, count, clients):
        self.server, self.count, self.clients = server, count, clients
        self.branches, self.rows = [], []

    def grow(self, client):
        client.use(client.main)
        client.run("CREATE BRANCH wide_root")
        client.run("USE BRANCH wide_root")
        client.run("CREATE TABLE leaf (id INTEGER PRIMARY KEY, v INTEGER)")
        client.run("INSERT INTO leaf SELECT i, 0 FROM generate_series(1, 50) AS g(i)")
        client.run("USE BRANCH main")
        for number in range(self.count):
            record = client.record(client.run(f"CREATE BRANCH wide_{number} FROM wide_root"))
            self.branches.append(Branch(f"wide_{number}", record["schema_name"], None))
            self.rows.append({key: 0 for key in range(1, 51)})
            if number % 3 == 0:
                # From main, by the branch's name in the statement.
                client.run(f'UPDATE "@wide_{number}".leaf SET v = {number} WHERE id = 7')
                self.rows[number][7] = number

    def touch(self, client):
        """Changes one of the client's share and compares it."""
        number = client.random.randrange(self.count // self.clients) * self.clients + client.number
        client.use(self.branches[number])
        key = client.random.randrange(1, 51)
        client.run("UPDATE leaf SET v = v + 1 WHERE id = %s", [key])
        self.rows[number][key] += 1
        self.compare(client, number)

    def compare(self, client, number):
        client.use(self.branches[number])
        client.expect(f"rows of wide_{number}", dict(client.run("SELECT id, v FROM leaf").fetchall()), self.rows[number])

    def check(self, client):
        for number in range(client.number, self.count, self.clients):
            self.compare(client, number)

    def fell(self, client):
        client.run("USE BRANCH main")
        client.at = "main"
        for branch in self.branches:
            client.run(f"DROP BRANCH {branch.name}")
        client.run("DROP BRANCH wide_root")
