"""Scripts that tell which declaration each of their names stands for, when they are run.

Few names are declared and read at every kind of place that the specification knows. Every place that gives a name a
value gives one of its own, and has a mark behind the name (`a/*d12*/ = 12`); every place that reads one has a mark as
well and reports what it sees (`see(5, () => a/*r5*/)`). What the run sees and what `Scopes` says must go together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

NAMES = ("a", "a", "a", "b", "b", "arguments", "c")

PRELUDE = """
const BEFORE = new Set(Reflect.ownKeys(globalThis));
const LOG = [], LATER = [], CALLS = new Map(), GIVEN = new WeakMap();
let budget = 400;
const text = Function.prototype.call.bind(Function.prototype.toString);
const kind = Function.prototype.call.bind(Object.prototype.toString);
function mark(f) { return +/\\/\\*[df](\\d+)\\*\\//.exec(text(f))[1]; }
function given(f, i) {
  const pattern = () => proxy, proxy = new Proxy(pattern, {
    get: (_, key) => key === Symbol.iterator ? function* () { yield proxy; yield proxy; } : proxy,
    ownKeys: () => [], getOwnPropertyDescriptor: () => undefined, apply: () => proxy, has: () => true,
  });
  GIVEN.set(proxy, [f, i]);
  return proxy;
}
function shown(value) {
  if (typeof value === 'number') return ['value', value];
  if (typeof value === 'string') return ['value', +value];
  if (value === undefined) return ['undefined'];
  if (GIVEN.has(value)) return ['given', ...GIVEN.get(value)];
  if (typeof value === 'function') return ['value', mark(value)];
  if (kind(value) === '[object Arguments]') return value.length && GIVEN.has(value[0]) ? ['arguments', GIVEN.get(value[0])[0]] : ['arguments', -1];
  return ['other'];
}
function see(id, get) {
  if (budget-- < 0) throw new Error('budget');
  let value, answer;
  try { value = get(); answer = shown(value); }
  catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    answer = [/before init/.test(error.message) ? 'unset' : 'unknown'];
  }
  LOG.push([id, ...answer]);
  if (answer[0] === 'value' && typeof value === 'function') LATER.push(value);
  return value;
}
function go(f, count = 2) {
  if (typeof f !== 'function' || GIVEN.has(f)) return 0;
  const id = mark(f), calls = CALLS.get(id) || 0;
  if (calls > 2 || budget < 0) return 0;
  CALLS.set(id, calls + 1);
  if (text(f).startsWith('class')) return guard(() => new f());
  const answer = guard(() => f(...Array.from({ length: calls ? 0 : count }, (_, i) => given(id, i))));
  if (answer && typeof answer.next === 'function' && !GIVEN.has(answer)) guard(() => { for (const x of answer) ; });
  return 0;
}
function guard(f) { try { return f(); } catch (error) { if (error.message === 'budget') throw error; return 0; } }
function play(f) {
  try { guard(f); while (LATER.length) go(LATER.shift()); } catch (error) { if (error.message !== 'budget') throw error; }
  for (const name of Reflect.ownKeys(globalThis)) if (!BEFORE.has(name)) delete globalThis[name];
  return JSON.stringify(LOG);
}
"""
"""Runs a script and tells what it saw, by `play(function)`; every run needs a prelude of its own."""


@dataclass(frozen=True)
class Place:
    """Where something is written.

    Attributes:
        taken: names that no `var` may repeat here.
        depth: how deep it is nested.
        strict: whether it is strict code, or would not do as such.
        labels: the labels around.
    """

    taken: frozenset[str] = frozenset()
    depth: int = 0
    strict: bool = False
    labels: frozenset[str] = frozenset()

    def inside(self, *names: str) -> Place:
        """Return a place one block further in, which declares some names."""
        return replace(self, taken=self.taken | set(names), depth=self.depth + 1)


@dataclass
class Writer:
    """Writes scripts at random."""

    random: Random
    number: int = 0
    reads: list[int] = field(default_factory=list)

    def script(self) -> str:
        """Return a whole script."""
        directive = "'use strict';\n" if self.random.random() < 0.1 else ""
        place = Place(strict=bool(directive))
        return f"{directive}\n{self.body(place, self.random.randint(2, 5), 'arguments')}"

    # ---- leaves

    def new(self) -> int:
        self.number += 1
        return self.number

    def name(self, place: Place, *, binding: bool = True) -> str:
        name = self.random.choice(NAMES[:-1] if binding else NAMES)
        return "b" if name == "arguments" and place.strict else name

    def read(self, place: Place, name: str = "") -> str:
        number = self.new()
        return f"see({number}, () => {name or self.name(place, binding=False)}/*r{number}*/)"

    def target(self, name: str) -> tuple[str, int]:
        number = self.new()
        return f"{name}/*d{number}*/", number

    def expression(self, place: Place) -> str:
        if place.depth > 4:
            return self.read(place)
        choice = self.random.random()
        if choice < 0.6:
            return self.read(place)
        if choice < 0.7:
            target, number = self.target(self.name(place, binding=False))
            return f"guard(() => {target} = {number})"
        if choice < 0.9:
            return f"go({self.function(place)}, {self.random.randint(0, 2)})"
        return f"go({self.class_(place)})"

    # ---- functions and classes

    def function(self, place: Place) -> str:
        """An expression that gives a function."""
        kind = self.random.choice(("arrow", "arrow", "function", "named", "method", "generator", "async", "getter"))
        number = self.new()
        params, names, simple = self.parameters(place)
        params = f"/*f{number}*/ {params}"
        inner = replace(place.inside(), taken=frozenset())
        if kind == "arrow" and self.random.random() < 0.3:
            return f"(({params}) => {self.expression(inner)})"
        if kind == "named":
            target, _ = self.target(self.name(place))
            body = self.function_body(inner, (*names, target.split("/")[0]), simple)
            return f"(function {target}({params}) {{ {body} }})"
        if kind == "getter":
            body = self.function_body(inner, (), True)
            return f"(Object.getOwnPropertyDescriptor({{ get m(/*f{number}*/) {{ {body} }} }}, 'm').get)"
        body = self.function_body(inner, names, simple)
        return {
            "arrow": f"(({params}) => {{ {body} }})",
            "method": f"({{ m({params}) {{ {body} }} }}).m",
            "generator": f"(function* ({params}) {{ {body} }})",
            "async": f"(async function ({params}) {{ {body} }})",
            "function": f"(function ({params}) {{ {body} }})",
        }[kind]

    def parameters(self, place: Place) -> tuple[str, tuple[str, ...], bool]:
        """Parameters, the names in them, and whether they are plain."""
        inner = place.inside()
        count = self.random.choice((0, 1, 1, 2, 2))
        names = self.random.sample(["a", "b", *([] if place.strict else ["arguments"])], count)
        kinds = [self.random.choice(("plain", "plain", "default", "default", "pattern", "rest")) for _ in names]
        texts = []
        for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            target, number = self.target(name)
            match kind:
                case "rest" if index == len(names) - 1:
                    texts.append(f"...{target}")
                case "default":
                    texts.append(f"{target} = {self.default(inner, number)}")
                case "pattern":
                    texts.append(self.pattern(inner, name))
                case _:
                    texts.append(target)
        return ", ".join(texts), tuple(names), all(kind == "plain" for kind in kinds)

    def default(self, place: Place, number: int) -> str:
        """An expression with effects that ends in a value of its own."""
        return f"({self.expression(place)}, {number})" if self.random.random() < 0.7 else str(number)

    def pattern(self, place: Place, name: str) -> str:
        target, number = self.target(name)
        return self.random.choice(
            (
                f"{{ [({self.expression(place)}, 'k')]: {target} = {number} }}",
                f"{{ k: {target} = {self.default(place, number)} }}",
                f"[{target} = {self.default(place, number)}]",
                f"[{target}]",
                f"{{ {target} }}",
            )
        )

    def function_body(self, place: Place, names: tuple[str, ...], simple: bool) -> str:
        directive = simple and "arguments" not in names and self.random.random() < 0.05
        if directive:
            place = replace(place, strict=True)
        return ("'use strict'; " if directive else "") + self.body(place, self.random.randint(1, 3), *names)

    def body(self, place: Place, count: int, *names: str) -> str:
        """The statements of a function; what it declares by `let` must not have the name of a parameter."""
        return self.statements(place, count, set(names))

    def class_(self, place: Place) -> str:
        inner = replace(place.inside(), strict=True)
        target = self.target(self.name(inner))[0] if self.random.random() < 0.7 else f"/*f{self.new()}*/"
        return f"(class {target} {self.class_tail(inner)})"

    def class_tail(self, place: Place) -> str:
        heritage = f"extends ({self.expression(place)}, Object) " if self.random.random() < 0.5 else ""
        members = [self.member(place) for _ in range(self.random.randint(0, 2))]
        return f"{heritage}{{ {' '.join(members)} }}"

    def member(self, place: Place) -> str:
        """A member of a class; of methods, functions are there to stand for."""
        bare = replace(place, taken=frozenset(), labels=frozenset())
        static = self.random.choice(("static ", ""))
        match self.random.choice(("key", "field", "block", "function")):
            case "key":
                return f"{static}[({self.expression(place)}, 'k')] = {self.expression(bare)};"
            case "field":
                return f"{static}x = {self.expression(bare)};"
            case "block":
                return f"static {{ {self.statements(bare, 2, set())} }}"
        return f"static y = go({self.function(place)});"

    # ---- statements

    def statements(self, place: Place, count: int, given: set[str]) -> str:
        """The statements of a block or a body, with what it declares for itself; none has a name of `given`."""
        chosen = {name for name in ("a", "b", "arguments") if self.random.random() < 0.2} - given
        if place.strict:
            chosen.discard("arguments")
        inside = replace(place, taken=place.taken | chosen)
        made = [self.lexical(inside, name) for name in sorted(chosen)]
        made += [self.statement(inside) for _ in range(count)]
        self.random.shuffle(made)
        return "\n".join([*made, f"{self.read(inside)};"])

    def lexical(self, place: Place, name: str) -> str:
        choice = self.random.random()
        target, number = self.target(name)
        if choice < 0.6:
            return f"{self.random.choice(('let', 'const'))} {target} = {self.default(place, number)};"
        if choice < 0.7:
            return f"let {name};"
        if choice < 0.8 and name != "arguments":
            return f"class {target} {self.class_tail(replace(place.inside(), strict=True))}"
        return self.declaration(place, target)

    def declaration(self, place: Place, target: str) -> str:
        star = self.random.choice(("function", "function", "function", "function", "function*", "async function"))
        params, names, simple = self.parameters(place)
        inner = replace(place.inside(), taken=frozenset())
        return f"{star} {target}({params}) {{ {self.function_body(inner, (*names, target.split('/')[0]), simple)} }}"

    def statement(self, place: Place) -> str:
        if place.depth > 3:
            return f"{self.read(place)};"
        return self.random.choice(self.kinds())(place)

    def kinds(self) -> tuple[Callable[[Place], str], ...]:
        return (
            *(lambda place: f"{self.expression(place)};",) * 4,
            *(self.var,) * 2,
            self.assignment,
            lambda place: f"{{ {self.block(place)} }}",
            self.condition,
            self.labelled,
            self.plain_loop,
            self.each_loop,
            self.each_loop,
            self.switch,
            self.switch,
            self.attempt,
            self.attempt,
        )

    def block(self, place: Place, *names: str) -> str:
        return self.statements(place.inside(), self.random.randint(0, 2), set(names))

    def var(self, place: Place) -> str:
        name = self.name(place)
        if name in place.taken:
            return f"{self.read(place, name)};"
        target, number = self.target(name)
        if self.random.random() < 0.3:
            return f"var {name};"
        if self.random.random() < 0.2:
            return f"var {self.pattern(place, name)} = {{ [Symbol.iterator]: [][Symbol.iterator] }};"
        return f"var {target} = {self.default(place, number)};"

    def assignment(self, place: Place) -> str:
        target, number = self.target(self.name(place, binding=False))
        return f"guard(() => {{ {target} = {number}; }});"

    def condition(self, place: Place) -> str:
        if place.strict or self.random.random() < 0.5:
            return f"if ({self.expression(place)}, {self.random.choice('01')}) {{ {self.block(place)} }} else {{ {self.block(place)} }}"
        target, _ = self.target(self.name(place))
        return f"if ({self.random.choice('01')}) {self.plain(place, target)}"

    def plain(self, place: Place, target: str) -> str:
        params, names, simple = self.parameters(place)
        inner = replace(place.inside(), taken=frozenset())
        return f"function {target}({params}) {{ {self.function_body(inner, (*names, target.split('/')[0]), simple)} }}"

    def labelled(self, place: Place) -> str:
        label = self.random.choice(sorted({"a", "b", "m", f"m{place.depth}"} - place.labels))
        inner = replace(place, labels=place.labels | {label})
        return f"{label}: {{ {self.block(inner)} break {label}; }}"

    def plain_loop(self, place: Place) -> str:
        kind = self.random.choice(("let", "var", ""))
        name = self.name(place)
        if kind == "var" and name in place.taken:
            kind = ""
        inner = place.inside(name) if kind == "let" else place.inside()
        target, number = self.target(name)
        head = f"{kind} {target} = {self.default(inner, number)}" if kind else f"guard(() => {target} = {number})"
        count = self.random.randint(0, 2)
        step = f"{self.expression(inner)}"
        return f"for ({head}; LOG.length % 3 < {count} && budget-- > 0 && {self.read(inner)} !== 0; {step}) {{ {self.block(inner)} }}"

    def each_loop(self, place: Place) -> str:
        kind = self.random.choice(("let", "const", "var", ""))
        name = self.name(place)
        if kind == "var" and name in place.taken:
            kind = ""
        inner = place.inside(name) if kind in ("let", "const") else place.inside()
        target, number = self.target(name)
        if self.random.random() < 0.3:
            return f"for ({kind} {target} in ({self.expression(inner)}, {{ {number}: 1 }})) {{ {self.block(inner)} }}"
        if kind and self.random.random() < 0.4:
            values = "[[]]"
            target = f"[{target} = {self.default(inner, number)}]"
        else:
            values = f"[{number}]"
        return f"for ({kind} {target} of ({self.expression(inner)}, {values})) {{ {self.block(inner)} }}"

    def switch(self, place: Place) -> str:
        chosen = self.name(place)
        inside = place.inside(chosen)
        lexical = self.lexical(inside, chosen)
        cases = [f"case {self.expression(inside)}, 1: {self.statement(inside)}", f"case 2: {lexical}"]
        return f"switch ({self.expression(place)}, {self.random.choice('12')}) {{ {' '.join(cases)} default: {self.statement(inside)} }}"

    def attempt(self, place: Place) -> str:
        name = self.name(place)
        target, number = self.target(name)
        if self.random.random() < 0.4:
            inner = place.inside(name)
            caught = self.pattern(inner, name)
            thrown = "{ [Symbol.iterator]: [][Symbol.iterator] }"
        else:
            inner = place.inside()  # `var` may repeat a plain name
            caught, thrown = target, str(number)
        blocks = self.statements(inner, self.random.randint(1, 2), {name})
        return f"try {{ {self.block(place)} throw {thrown}; }} catch ({caught}) {{ {blocks} }} finally {{ {self.block(place)} }}"


_MARK = re.compile(r"([A-Za-z]*)/\*[drf](\d+)\*/")


def marks(text: str) -> Iterator[int]:
    """Yield the marks of a piece of text."""
    return (int(match[2]) for match in _MARK.finditer(text))


def marked_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield the marks that stand right behind a name, each with where the name begins."""
    return ((int(match[2]), match.start()) for match in _MARK.finditer(text) if match[1])
