// PageStore
