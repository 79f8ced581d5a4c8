"""The installer's pages: put premises on test, walk them, sign for what was heard."""
