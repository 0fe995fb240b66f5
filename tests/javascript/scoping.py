"""Evalscripts whose scoping decides whether they keep state: the same few names, declared and read at every place.

The names at the top (`a`, `b`, `c`) are what a script may keep over its pixels. Inside of its functions they are declared
again as parameters with defaults and in patterns, by heads of loops, in switches, by `catch`, as `arguments`, in blocks
and around closures that are called later; functions (`f0` to `f3`) are declared anew in bodies and in blocks. Every
place reads and writes names at random: whether that reaches what is at the top is a question of scoping alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

NAMES = ("a", "b", "c")
FUNCTIONS = ("f0", "f1", "f2", "f3")
SETUP = 'function setup() { return { input: ["B04"], output: { bands: 1, sampleType: "FLOAT32" } }; }'


@dataclass(frozen=True)
class Place:
    """Where something is written.

    Attributes:
        rank: the functions of a lower number may be called, so that none calls itself.
        depth: how deep it is nested.
        taken: names that no `var` may repeat here.
        unset: names that are not to be read here, because they may not be set yet.
        fixed: names that are not to be set here.
        near: names that something around declares, whether or not that reaches here: those are set most of the time.
        kept: functions that blocks declare, which may not be called outside of them.
        numbers: whether `arguments` is a number here.
        sample: whether `s` is the sample.
        strict: whether it is strict code.
        idle: whether it may never be reached, and is not to set anything: it would keep nothing.
        bare: whether it stands in no function.
    """

    rank: int = len(FUNCTIONS)
    depth: int = 0
    taken: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    numbers: bool = False
    sample: bool = False
    strict: bool = False
    idle: bool = False
    bare: bool = False

    def block(self, *names: str) -> Place:
        """Return a place one block further in, which declares some names."""
        known = frozenset(names)
        numbers = self.numbers or "arguments" in known
        return replace(
            self,
            depth=self.depth + 1,
            taken=self.taken | known,
            unset=self.unset - known,
            fixed=self.fixed - known,
            near=self.near | known,
            numbers=numbers,
        )

    def by(self, *names: str) -> Place:
        """Return the same place, with names declared nearby."""
        return replace(self, near=self.near | set(names))

    def before(self, *names: str) -> Place:
        """Return the same place, where some names nearby are not set yet."""
        return replace(self.by(*names), unset=self.unset | set(names))


@dataclass
class Drawn:
    """A drawn script, by way of what it was drawn from.

    Attributes:
        random: where all chances come from.
        shapes: for each function the kinds of its parameters.
        far: how often a name is set that nothing nearby declares.
        used: the functions that the script has.
        loops: how many loops have been drawn.
        sets: whether a default of the function drawn last sets something, and is to be made use of.
        rare: how often something is drawn that the analysis refuses wherever it stands.
    """

    random: Random
    shapes: dict[str, list[str]] = field(default_factory=dict)
    far: float = 0.06
    rare: float = 0.0003
    used: tuple[str, ...] = FUNCTIONS
    loops: int = 0
    sets: bool = False

    def script(self) -> str:
        """Return a whole script."""
        for name in FUNCTIONS:
            count = self.random.choice((0, 1, 1, 2))
            self.shapes[name] = [
                self.random.choice(("number", "number", "number", "object", "array")) for _ in range(count)
            ]
        strict = self.chance(0.1)
        top = Place(strict=strict, bare=True)
        lines = ["'use strict';"] if strict else []
        lines += [f"{self.random.choice(('let', 'var'))} {name} = {self.random.randint(1, 9)};" for name in NAMES]
        self.used = FUNCTIONS[: self.random.randint(1, len(FUNCTIONS))]
        top = replace(top, rank=len(self.used))
        lines += [self.top_function(replace(top, rank=rank), name) for rank, name in enumerate(self.used)]
        lines += [self.top_statement(top)] if self.chance(0.2) else []
        lines += [SETUP, "const top = () => (a | 0) * 7 + (b | 0) * 11 + (c | 0) * 13;"]
        calls = [
            f"r += {name}({self.arguments(replace(top, depth=4), self.shapes[name], empty=empty)});"
            for name in self.used
            for empty in (False, True)
        ]
        lines.append(f"const every = () => {{ let r = 0; {' '.join(calls)} return r; }};")
        lines.append(self.pixel(replace(top, sample=True, bare=False)))
        return "\n".join(lines)

    def pixel(self, place: Place) -> str:
        """The function `evaluatePixel`."""
        further = [name for name in NAMES if self.chance(0.06)]
        inner = replace(place, taken=frozenset())
        text, _ = self.body(inner.by(*further), self.chosen(inner, further), set(further), self.random.randint(1, 3))
        looks = self.look(place, further) if self.chance(0.2) else ""
        ends = f"{text} {looks} r += every(); return [((r | 0) % 2039) * 8192 + top() % 8192];"
        params = ", ".join(["s", *further])
        if "arguments" not in looks and self.chance(0.2):
            return f"const evaluatePixel = ({params}) => {{ {ends} }};"
        return f"function evaluatePixel({params}) {{ {ends} }}"

    def look(self, place: Place, further: list[str]) -> str:
        """A look at what evaluatePixel is given behind the sample, or at something that only looks like it."""
        if place.strict:
            return f"r += arguments[{self.random.choice('123')}].k;"
        index = self.random.choice("123")
        name = self.random.choice([*further, "b"])
        return self.random.choice(
            (
                f"var arguments; r += arguments[{index}].k;",
                f"r += arguments[{index}].k;",
                f"r += (() => arguments[{index}].k)(); var arguments;",
                f"{{ let arguments = [0, {{ k: {self.number()} }}]; r += arguments[1].k; }}",
                f"r += (function (arguments) {{ return arguments[0].k; }})([{{ k: {self.number()} }}]);",
                f"r += ((x, arguments) => x)(arguments[{index}].k, 1);",
                "{ function arguments() { return 1; } r += arguments(); }",
                f"r += ({name} === undefined ? 1 : {name}.k) | 0;",
            )
        )

    def top_function(self, place: Place, name: str) -> str:
        params, body = self.function(place, name)
        return self.random.choice(
            (
                f"function {name}({params}) {{ {body} }}",
                f"function {name}({params}) {{ {body} }}",
                f"const {name} = ({params}) => {{ {body} }};",
                f"var {name} = function ({params}) {{ {body} }};",
                f"const {name} = function {self.own_name(params)}({params}) {{ {body} }};",
            )
        )

    def top_statement(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        return self.random.choice(
            (
                f"{{ let {name} = {self.number()}; {name}++; }}",
                f"{name} = {self.number()};",
                f"if ({self.number()} > 4) {{ {name} = {self.number()}; }}",
                f"for (let {name} = 0; {name} < 2; {name}++) {{ b += {name}; }}",
            )
        )

    # ---- leaves

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def number(self) -> str:
        return str(self.random.randint(0, 9))

    def readable(self, place: Place) -> str:
        names = [name for name in NAMES if name not in place.unset]
        return self.random.choice(names) if names else self.number()

    def write(self, place: Place) -> str:
        if place.idle:
            return self.readable(place)
        reach = NAMES if self.chance(self.far) else place.near
        names = [name for name in NAMES if name in reach and name not in place.unset and name not in place.fixed]
        if not names:
            return self.readable(place)
        name = self.random.choice(names)
        inner = replace(place, depth=place.depth + 1)
        number = self.random.randint(11, 19)  # which nothing begins as
        return self.random.choice(
            (
                f"{name}++",
                f"{name}++",
                f"++{name}",
                f"({name} += {number})",
                f"({name} = {self.expression(inner)} + {number})",
                f"({name} &&= {number})",
                f"([{name}] = [{number}])[0]",
            )
        )

    def expression(self, place: Place) -> str:
        """An expression that gives a number."""
        if self.chance(self.rare):
            return self.refused(place)
        if place.depth > 3:
            return self.random.choice((self.number, lambda: self.readable(place)))()
        return self.random.choice(self.kinds_of_expressions())(replace(place, depth=place.depth + 1))

    def kinds_of_expressions(self) -> tuple[Callable[[Place], str], ...]:
        return (
            *(lambda place: self.number(),) * 3,
            *(self.readable,) * 7,
            *(lambda place: "s.B04" if place.sample else self.readable(place),) * 3,
            *(self.write,) * 2,
            *(self.call,) * 3,
            self.inline,
            lambda place: f"({self.expression(place)} + {self.expression(place)})",
            lambda place: (
                f"({self.expression(place)} > {self.number()} ? {self.expression(place)} : {self.expression(place)})"
            ),
            lambda place: f"[{self.expression(place)}, {self.expression(place)}][1]",
            lambda place: f"({{ [{self.expression(place)}]: 1, k: {self.expression(place)} }}).k",
            lambda place: f"({self.expression(place)}, {self.expression(place)})",
            self.callback,
            lambda place: "arguments" if place.numbers else self.readable(place),
        )

    def choice(self, place: Place) -> str:
        reading = replace(place, idle=True)  # what is never reached keeps nothing, whatever it sets
        return f"({self.expression(place)} > {self.number()} ? {self.expression(reading)} : {self.expression(reading)})"

    def refused(self, place: Place) -> str:
        """What the analysis refuses, whatever it means: it is drawn so that it is not forgotten."""
        name = self.readable(place)
        return self.random.choice(
            (
                f"(class {self.random.choice(NAMES)} extends ({self.number()}, Object) {{ static x = {self.number()}; }}).x",
                f"(class {{ static [{self.number()}] = 1; static y = {name}; }}).y",
                f"[...(function* (x = {name}) {{ yield x; }})()][0]",
                f"((g = () => {name}) => g())()",
                "arguments.length" if not place.bare else name,
                f"eval('{name}')",
                f"(() => {{ with ({{ {name}: 1 }}) return {name}; }})()" if not place.strict else name,
                f"({name} === undefined || {name} === null ? 0 : {name}.k || 0)",
            )
        )

    # ---- functions

    def call(self, place: Place) -> str:
        names = [name for name in FUNCTIONS[: place.rank] if name not in place.kept]
        if not names:
            return self.readable(place)
        name = self.random.choice(names)
        return f"{name}({self.arguments(place, self.shapes[name])})"

    def arguments(self, place: Place, shape: list[str], *, empty: bool = False) -> str:
        """What a function of a shape is given, nothing where it is to be `empty`."""
        if empty:
            return ", ".join({"number": "undefined", "object": "{}", "array": "[]"}[kind] for kind in shape)
        if shape and self.chance(0.4) and shape[-1] == "number":
            shape = shape[:-1]
        made = []
        for kind in shape:
            value = self.expression(replace(place, depth=place.depth + 1))
            made.append(
                {
                    "number": self.random.choice((value, value, "undefined")),
                    "object": self.random.choice((f"{{ k: {value} }}", "{}")),
                    "array": self.random.choice((f"[{value}]", "[]")),
                }[kind]
            )
        return ", ".join(made)

    def inline(self, place: Place) -> str:
        """A function that is called where it stands."""
        shape = [
            self.random.choice(("number", "number", "object", "array")) for _ in range(self.random.choice((0, 1, 1, 2)))
        ]
        self.shapes["inline"] = shape
        params, body = self.function(replace(place, depth=place.depth + 1), "inline")
        arguments = self.arguments(place, shape, empty=self.sets)
        return self.random.choice(
            (
                f"(({params}) => {{ {body} }})({arguments})",
                f"(function ({params}) {{ {body} }})({arguments})",
                f"(function {self.own_name(params)}({params}) {{ {body} }})({arguments})",
            )
        )

    def own_name(self, params: str) -> str:
        """A name for a function expression, which its first parameter hides."""
        first = params.split(" ")[0].rstrip(",")
        return first if first in NAMES else "own"

    def callback(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        value = self.expression(place)
        inner = replace(place.block(name), rank=place.rank)
        return self.random.choice(
            (
                f"[{value}].map(({name}) => {self.expression(inner)})[0]",
                f"[{value}, 1].reduce(({name}, x) => {self.expression(inner)}, 1)",
                f"[{value}].find(function ({name}) {{ return {self.expression(inner)}; }})",
            )
        )

    def function(self, place: Place, name: str) -> tuple[str, str]:
        """The parameters and the body of a function."""
        shape = self.shapes[name]
        names = self.random.sample((*NAMES, *(() if place.strict else ("arguments",))), len(shape))
        chosen = self.chosen(place, names)
        inner = replace(place, depth=place.depth + 1, bare=False, numbers=False).by(*names, *chosen)
        params, self.sets = [], False
        for index, (given, kind) in enumerate(zip(names, shape, strict=True)):
            # A default may read what stands before it, and not what stands behind.
            early = replace(inner, unset=(place.unset - set(names[:index])) | set(names[index:]) - {"arguments"})
            params.append(self.parameter(early, given, kind))
        known, sets = frozenset(names) - {"arguments"}, self.sets
        body = replace(
            inner,
            taken=frozenset(),
            unset=place.unset - known,
            fixed=place.fixed - known,
            numbers="arguments" in names,
        )
        text, inside = self.body(body, chosen, set(names), self.random.randint(0, 2))
        ends = f"{text} return r + ({self.expression(inside)} | 0);"
        self.sets = sets
        return ", ".join(params), ends

    def chosen(self, place: Place, given: list[str]) -> dict[str, str]:
        """What a body declares at its top, each with how."""
        names = [name for name in NAMES if self.chance(0.3)]
        if not place.strict and self.chance(0.05):
            names.append("arguments")
        firm = ("let", "const", "var", "var")
        return {
            name: "var" if name in given else self.random.choice(firm[:3] if name == "arguments" else firm)
            for name in names
        }

    def parameter(self, place: Place, name: str, kind: str) -> str:
        sets = self.chance(0.15)
        default = f" = {self.write(place) if sets else self.expression(place)}" if sets or self.chance(0.5) else ""
        self.sets = self.sets or sets
        match kind:
            case "object":
                key = self.random.choice(("k", f"[{self.expression(place)} * 0 || 'k']"))
                return f"{{ {key}: {name}{default} }}"
            case "array":
                return f"[{name}{default}]"
        return f"{name}{default}"

    def body(self, place: Place, chosen: dict[str, str], given: set[str], count: int) -> tuple[str, Place]:
        """The statements of a function, with a number `r` that they add to; and what the place is then."""
        lines = ["let r = 0;"]
        firm = {name for name, kind in chosen.items() if kind != "var"}
        kept = frozenset(self.random.sample(FUNCTIONS[: place.rank], min(place.rank, 1)))
        inside = replace(place.block(*chosen), kept=place.kept | kept, taken=frozenset(firm))
        inside = replace(inside, fixed=inside.fixed | {name for name, kind in chosen.items() if kind == "const"})
        early = replace(place.before(*firm), kept=inside.kept, numbers=place.numbers and "arguments" not in firm)
        for name, kind in chosen.items():
            plain = name in given and self.chance(0.5)  # `var` of a parameter's name begins as the parameter
            lines.append(f"{kind} {name};" if plain else f"{kind} {name} = {self.expression(early)};")
        lines += [self.statement(inside) for _ in range(count)]
        name = self.random.choice(NAMES)
        if self.chance(0.2) and name in given | chosen.keys() and name not in firm:
            lines.append(f"var {name};")
        return " ".join(lines), inside

    # ---- statements

    def statement(self, place: Place) -> str:
        if place.depth > 3:
            return f"r += {self.expression(place)} | 0;"
        return self.random.choice(self.kinds_of_statements())(place)

    def kinds_of_statements(self) -> tuple[Callable[[Place], str], ...]:
        return (
            *(lambda place: f"r += {self.expression(place)} | 0;",) * 4,
            lambda place: f"{self.write(place)};",
            lambda place: f"{{ {self.block(place)} }}",
            self.condition,
            self.labelled,
            self.plain_loop,
            self.each_loop,
            self.each_loop,
            self.switch,
            self.switch,
            self.attempt,
            self.function_in_block,
            self.closure,
            self.var,
        )

    def block(self, place: Place, *given: str) -> str:
        """The statements of a block, with names of its own."""
        chosen = [name for name in NAMES if self.chance(0.25) and name not in given]
        inside = place.block(*chosen)
        lines = []
        for name in chosen:
            kind = self.random.choice(("let", "let", "const"))
            lines.append(f"{kind} {name} = {self.expression(place.before(*chosen))};")
            if kind == "const":
                inside = replace(inside, fixed=inside.fixed | {name})
        return " ".join([*lines, *(self.statement(inside) for _ in range(self.random.randint(1, 2)))])

    def var(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        if name in place.taken or name in place.unset:
            return f"r += {self.expression(place)} | 0;"
        return f"var {name} = {self.expression(place)}; r += {name} | 0;"

    def condition(self, place: Place) -> str:
        if place.sample and self.chance(0.5):
            return f"if (s.B04 > {self.random.randint(1, 6)}) {{ {self.block(place)} }} else {{ {self.block(place)} }}"
        reading = replace(place, idle=True)
        return f"if ({self.expression(place)} > {self.number()}) {{ {self.block(reading)} }} else {{ {self.block(reading)} }}"

    def labelled(self, place: Place) -> str:
        label = f"{self.random.choice(NAMES)}{place.depth}"
        return f"{label}: {{ {self.block(place)} if ({self.expression(place)} > {self.number()}) break {label}; {self.statement(place.block())} }}"

    def plain_loop(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        self.loops += 1
        counter = f"i{self.loops}"
        kind = "let" if name in place.taken or name in place.unset or self.chance(0.7) else "var"
        inner = place.block(name) if kind == "let" else place.block()
        start = self.expression(place.before(name))
        return f"for ({kind} {name} = {start}, {counter} = 0; {counter} < 2; {counter}++, {self.expression(inner)}) {{ {self.block(inner)} }}"

    def each_loop(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        kind = self.random.choice(("let", "const", "let", "var", ""))
        if kind in ("var", "") and (name in place.taken or name in place.unset or name in place.fixed):
            kind = "let"
        lexical = kind in ("let", "const")
        inner = place.block(name) if lexical else place.block()
        if kind == "const":
            inner = replace(inner, fixed=inner.fixed | {name})
        outer = place.before(name) if lexical else place
        target, values = name, f"[{self.expression(outer)}, {self.number()}]"
        if lexical and self.chance(0.3):
            target, values = f"[{name} = {self.expression(outer)}]", f"[[], [{self.expression(outer)}]]"
        elif self.chance(0.2):
            return f"for ({kind} {name} in {{ [{self.expression(outer)}]: 1 }}) {{ {self.block(inner)} }}"
        return f"for ({kind} {target} of {values}) {{ {self.block(inner)} }}"

    def switch(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        early = replace(place.block().before(name), taken=place.taken | {name})
        reading = replace(early, idle=True)
        inside = place.block(name)
        lexical = f"let {name} = {self.expression(early)}; r += {self.expression(inside)} | 0; {self.statement(inside)} break;"
        last = "" if self.chance(0.5) else f"default: {self.statement(reading)}"
        looked_at = self.write(place.by(name)) if self.chance(0.3) else self.expression(place.by(name))
        first = f"case {self.expression(early)}: {self.statement(reading)} break; " if self.chance(0.4) else ""
        chosen = self.number()
        if self.chance(0.7):
            looked_at = f"({looked_at}, {chosen})"
        return f"switch ({looked_at}) {{ {first}case {chosen}: {lexical} {last} }}"

    def attempt(self, place: Place) -> str:
        name = self.random.choice(NAMES)
        inner, again = place.block(name), ""
        if self.chance(0.4):
            early = place.before(name)
            thrown, caught = "{ x: 1 }", f"{{ k: {name} = {self.expression(early)} }}"
        else:
            thrown, caught = self.number(), name
            again = f"var {name} = {self.expression(inner)};" if name not in place.taken and self.chance(0.3) else ""
        last = f" finally {{ {self.block(place)} }}" if self.chance(0.3) else ""
        return f"try {{ {self.block(place)} throw {thrown}; }} catch ({caught}) {{ {again} {self.block(inner, name)} }}{last}"

    def function_in_block(self, place: Place) -> str:
        """A function in a block, which sloppy code may call behind the block as well."""
        names = [name for name in FUNCTIONS[: place.rank] if name in place.kept]
        if not names:
            return self.closure(place)
        name = self.random.choice(names)
        params, body = self.function(replace(place.block(), rank=FUNCTIONS.index(name)), name)
        declared = f"function {name}({params}) {{ {body} }}"
        used = f"r += {name}({self.arguments(place, self.shapes[name], empty=self.sets)});"
        after = used if self.chance(0.5) and name not in place.taken else ""
        if not place.strict and self.chance(0.2):
            return f"if ({self.random.choice('11110')}) {declared} {after}"
        if self.chance(0.2):
            return f"switch (1) {{ case 1: {used} {declared} }} {after}"
        return f"{{ {used} {declared} }} {after}"

    def closure(self, place: Place) -> str:
        """A function that remembers its place, and is called behind changes."""
        if place.rank == 0:
            return f"r += {self.expression(place)} | 0;"
        rank = self.random.randrange(place.rank)
        name = FUNCTIONS[rank]
        params, body = self.function(replace(place.block(), rank=rank), name)
        made = self.random.choice((f"(({params}) => {{ {body} }})", f"function ({params}) {{ {body} }}"))
        used = f"r += {name}({self.arguments(place, self.shapes[name], empty=self.sets)});"
        return f"{{ const {name} = {made}; {self.statement(place.block(name))} {used} }}"
