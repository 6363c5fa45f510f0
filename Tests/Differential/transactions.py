"""BEGIN, SAVEPOINT and ROLLBACK in the model: a copy of the branch's schema."""
from alterations import Alterations
from relations import Failed, Skipped
from schema import Table


class Transactions(Alterations):
    def begin(self):
        if self.saved:
            raise Failed("a transaction is open")
        self.saved = [("", self._copy())]

    def savepoint(self, name):
        if not self.saved:
            raise Skipped
        self.saved.append((name, self._copy()))

    def commit(self):
        if not self.saved:
            raise Failed("no transaction")
        self.saved = []

    def rollback(self):
        if not self.saved:
            raise Failed("no transaction")
        self._restore(self.saved[0][1])
        self.saved = []

    def rollback_to(self, name):
        if not self.saved:
            raise Failed("no transaction")
        places = [index for index, (known, _) in enumerate(self.saved) if known == name]
        if not places:
            raise Failed("no such savepoint")
        self._restore(self.saved[places[-1]][1])
        self.saved = self.saved[:places[-1] + 1]

    def _copy(self):
        branch = self.branches[self.current]
        tables = {name: self.state(branch.name, name) for name, found in branch.relations.items() if isinstance(found, Table)}
        stale = {other.name: set(other.stale) for other in self.branches.values()}
        return (dict(branch.own), dict(branch.relations), tables, stale, branch.has_renamed)

    def _restore(self, kept):
        own, relations, tables, stale, has_renamed = kept
        branch = self.branches[self.current]
        for name, found in list(branch.relations.items()):
            if isinstance(found, Table):
                self._drop_table(branch, name)
        branch.own, branch.relations, branch.indexes = dict(own), {}, {}
        for name, found in relations.items():
            if isinstance(found, Table):
                self._make_table(branch, name, tables[name])
            else:
                branch.relations[name] = found
        branch.has_renamed = has_renamed
        for name, names in stale.items():
            self.branches[name].stale = set(names)
        self.sync()
