"""The XPath subset that the forms may use: read, with the position of what cannot be read."""

import re

FUNCTIONS = {"not", "selected", "count-selected", "if", "coalesce", "string-length", "number", "today", "true", "false"}

TOKEN = re.compile(
    r"\s*(?:(?P<ref>\$\{[^}]*\})|(?P<string>'[^']*'|\"[^\"]*\")|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[a-z][a-z-]*[a-z])|(?P<operator><=|>=|!=|[=<>+*(),.-]))"
)


class ExpressionError(Exception):
    """An expression outside the subset, with the position (from 1) where reading stopped."""


class Expression:
    """Reads the XPath subset of the forms and keeps what it refers to."""

    LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))

    def __init__(self, text):
        self.tokens, self.references, self.compared, self.selected = [], [], [], []
        end = 0
        while text[end:].strip():
            match = TOKEN.match(text, end)
            if not match:
                raise ExpressionError(f"position {end + 1}: cannot read “{text[end:].strip()[:12]}”")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup) + 1))
            end = match.end()
        self.tokens.append(("end", "", len(text) + 1))
        self.at = 0
        self.level(0)
        if self.peek()[0] != "end":
            self.fail("an operator or the end was expected")

    def peek(self):
        return self.tokens[self.at]

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def fail(self, expected):
        _, text, position = self.peek()
        raise ExpressionError(f"position {position}: {expected}, found “{text or 'the end'}”")

    def level(self, depth):
        if depth == len(self.LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while self.peek()[1] in self.LEVELS[depth] and self.peek()[0] in ("operator", "name"):
            operator = self.take()[1]
            right = self.level(depth + 1)
            if operator in ("=", "!="):
                self.compared.append((left, right))
            left = None
        return left

    def unary(self):
        if self.peek()[1] == "-" and self.peek()[0] == "operator":
            self.take()
            operand = self.unary()
            return ("literal", "-" + operand[1]) if operand and operand[0] == "literal" else None
        kind, text, _ = self.peek()
        if kind == "ref":
            self.take()
            self.references.append(text[2:-1])
            return ("reference", text[2:-1])
        if kind in ("string", "number"):
            self.take()
            return ("literal", text.strip("'\""))
        if text == ".":
            self.take()
            return ("reference", ".")
        if text == "(":
            self.take()
            inner = self.level(0)
            self.closing()
            return inner
        if kind == "name":
            return self.call()
        return self.fail("a value was expected")

    def call(self):
        if self.peek()[1] not in FUNCTIONS:
            self.fail("a known function was expected")
        function = self.take()[1]
        if self.peek()[1] != "(":
            self.fail("“(” was expected")
        self.take()
        arguments = []
        while self.peek()[1] != ")":
            arguments.append(self.level(0))
            if self.peek()[1] != ",":
                break
            self.take()
        self.closing()
        if function == "selected" and len(arguments) == 2:
            self.selected.append(tuple(arguments))

    def closing(self):
        if self.peek()[1] != ")":
            self.fail("“)” was expected")
        self.take()
