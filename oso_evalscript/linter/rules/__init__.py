"""One fault per file; `oso_evalscript.linter.rule.all_rules` finds them by the folder."""
