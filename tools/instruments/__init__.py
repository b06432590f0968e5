"""The rules of questionnaires/README.md, as used by tools/check_instruments.py."""
