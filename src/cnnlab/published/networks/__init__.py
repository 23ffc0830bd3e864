"""Networks that are rebuilt only to be counted: a paper prints their costs and no chapter trains them."""
