"""A text is found wrong exactly when V8 refuses it.

V8 compiles every function of it, and runs nothing. What V8 reads and fails at whenever it comes there (`f() = 1`) is
reported all the same. `OSO_EVALSCRIPT_PROOF=20000` compares so many mutants.
"""

from __future__ import annotations

import os

import pytest

from tests import v8
from tests.javascript.syntax_mutants import corpus, mutants
from tests.javascript.verdict import found_wrong, only_fails_when_reached

COUNT = int(os.environ.get("OSO_EVALSCRIPT_PROOF", "400"))
PART = 1000

LINES = r"""
class A { get; set; static; async; get = 1; static async = 2; static static() {} async() {} get() {} 'a'; 1; [b]; }
class A { a = 1 b }
class A { a = 1; /* ; */ b = 2\nc() {} }
class A { a /* ; */ b }
class A { get *a() {} }
class A { get\n*a() {} }
class A { async\na() {} }
class A { async *#a() {} static async #b() {} get #c() {} set #c(d) {} static { this.#b(); } }
class A { #a; #a }
class A { get #a() {} get #a() {} }
class A { get #a() {} static set #a(b) {} }
class A { #constructor }
class A { constructor }
class A { 'constructor' = 1 }
class A { ['constructor'] = 1; static constructor() {} }
class A { static prototype() {} }
class A { static prototype = 1 }
class A { constructor() {} constructor() {} }
class A { constructor() {} 'constructor'() {} }
class A { get constructor() {} }
class A { async constructor() {} }
class A { *constructor() {} }
class A { a = arguments }
class A { a = () => arguments }
class A { a = function () { return arguments } }
class A { static { arguments } }
class A { static { return } }
class A { static { await } }
class A { static { await 1 } }
class A { static { async () => await 1 } }
class A { a = super.b; static { super.c } d() { () => super.e } }
class A { a = super() }
class A extends B { constructor(c = super()) {} }
class A extends B { constructor() { function f() { super() } } }
class A { constructor() { super() } }
class A { m() { delete this.#a } #a }
class A { m() { delete this?.#a } #a }
class A extends B { m() { super.#a } #a }
class A { m() { 1 + #a in this } #a }
class A { m() { (#a) in this } #a }
class A { m() { #a in #a in this } #a }
class A { m() { #a in this; return #a in this && 1 } #a }
class A { m() { class B { n() { this.#a } } } #a }
class A extends B.#a { #a }
({ #a: 1 })
class eval {}
class let {}
class A { m(eval) {} }
class A { m() { with (a) {} } }
class A { m() { return 010 } }
class A { m() { if (a) function f() {} } }
class A { m() { { function f() {} function f() {} } } }
{ function f() {} function f() {} }
{ function f() {} async function f() {} }
({ m(a, a) {} })
({ set a(b, b) {} })
({ async *m() {}, async n() {}, *o() {}, get() {}, set: 1, async, get, set, get a() {}, async 1() {}, *[b]() {} })
({ async\na() {} })
({ async a: 1 })
({ get a })
({ get a: 1 })
({ *a })
({ if })
({ let, yield, async, await, of, static })
'use strict'; ({ let })
'use strict'; ({ yield })
({ eval, arguments } = 1)
'use strict'; ({ eval } = 1)
'use strict'; ({ a: arguments }) => 1
'use strict'; [eval] = 1
'use strict'; let [arguments] = 1
'use strict'; eval++
'use strict'; for (eval of a) {}
'use strict'; try {} catch ([eval]) {}
'use strict'; 08
'use strict'; "\\8"
"\\8"; '\\9'
'use strict'; function f(a, a) {}
function f(a, a) { 'use strict' }
function f(a, [a]) {}
function f(a = 1) { 'use strict' }
function f(eval) { 'use strict' }
function eval() { 'use strict' }
(a, a) => 1
(a, [a]) => 1
async (a, a) => 1
async (a.b) => 1
async ({ a: b.c }) => 1
async (a += 1) => 1
(a += 1) => 1
[a += 1] = 1
async (a, ...b,) => 1
async (...a, b) => 1
async (...a = 1) => 1
async (await) => 1
async ({ await }) => 1
async (a = await 1) => 1
async\n(a) => 1
async function f() { (a = await 1) => 1 }
async function f() { ({ m() { await 1 } }) }
async function f() { () => await 1 }
async function f(a = await 1) {}
async function f() { function g(a = await) {} }
async function f() { await = 1 }
async function await() {}
(async function await() {})
function* g() { function* h(a = yield) {} }
function* g(a = yield) {}
function* g() { (a = yield) => 1 }
function* g() { (a = 1 + (yield)) => 1 }
function* g() { ({ a = yield } = 1); let { b = yield } = 2; [yield] }
function* g() { [yield] = 1 }
function* g() { yield = 1 }
function* g() { 1 + yield }
function* g() { yield ? 1 : 2; yield\n* 2 }
function* g() { yield import('a'); yield /a/; yield `b`; yield* c; yield, d }
function* yield() {}
(function* yield() {})
(-1) ** 2; -(1 ** 2); 2 ** -1; (await_) ** 2
-1 ** 2
typeof a ** 2
async function f() { await 1 ** 2 }
async function f() { (await 1) ** 2 }
String.raw`\\u{110000}`; a`\\1`; b`\\x`; `\\u{10FFFF}`
`\\u{110000}`
`\\1`
`\\x1`
[a`b`] = 1
(a`b`) => 1
[a`b`.c] = 1; a`b`.c = 1
`a` = 1
a?.b`c`
a?.b.c`d`
(a?.b)`c`
new a?.b()
new (a?.b)()
new (a)?.b()
a?.b = 1
[a?.b] = 1
a?.b++
delete a?.b
[(a)] = 1; [(a.b)] = 1; ({ c: (d) } = 1)
[(a = 0)] = 1
[([a])] = 1
({ a: ({ b }) } = 1)
[...(a)] = 1
[...(a = 1)] = 1
[...a, b] = 1
[...a,] = 1
({ ...a, b } = 1)
({ ...{ a } } = 1)
({ ...a.b } = 1)
let { ...{ a } } = 1
let { ...a.b } = 1
(a, b) = 1
(a) = 1
([a]) = 1
({}) = 1
[a] += 1
({ a }) += 1
({ a = 1 })
({ a = 1 }).b = 2
f({ a = 1 })
({ a = 1 } = 2)
({ a = 1 }) => 1
for ({ a = 1 } of b) {}
for ({ a = 1 };;) {}
new.target = 1
this = 1
import.meta
import('a', {}); import('b',)
import()
import('a', 'b', 'c')
import(...a)
new import('a')
super.a
super()
function f() { super.a }
({ m() { super.a; () => super.b }, get c() { super.d } })
({ m: function () { super.a } })
({ m() { super() } })
({ m() { super } })
function f(a = new.target) { () => new.target }
({ __proto__: 1, __proto__: 2 })
({ __proto__: 1, '__proto__': 2 })
({ __proto__: 1, ['__proto__']: 2, __proto__() {}, __proto__ })
({ __proto__: a, __proto__: b } = 1)
try {} catch ([e]) { var e; }
try {} catch ({ e }) { for (var e of []) {} }
try {} catch (e) { var e; for (var e of []) {} }
try {} catch (e) { let e; }
try {} catch ([e, e]) {}
try {} catch () {}
try {} catch /* ( */ {}
while (1) function f() {}
if (1) function f() {} else function g() {}
if (1) async function f() {}
if (1) function* f() {}
if (1) class A {}
if (1) let a
if (1) let [a] = 1
if (1) let\n{}
if (1) const a = 1
a: function f() {}
a: function* f() {}
a: async function f() {}
if (1) a: function f() {}
a: class A {}
a: { continue a; }
a: continue a
a: b: for (;;) { continue a; }
a: for (;;) { () => { continue a; } }
a: for (;;) { function f() { break a; } }
a: a: 1
a: { break a; } a: 1
let: 1
yield: 1
await: 1
for (let;;) {}
for (let in a) {}
for (let of a) {}
for (let.a in b) {}
for (let.a of b) {}
for (let = 1;;) {}
for (let a, b of c) {}
for (let a = 1 of b) {}
for (let a = 1 in b) {}
for (var a = 1 in b) {}
for (var a = 1 of b) {}
for (var [a] = 1 in b) {}
for (let [a = 'b' in c] in d) {}
for (var a = (1 in b);;) {}
for (let [a];;) {}
for (const a;;) {}
for (const a in b) {}
for (async of a) {}
for (async of => 1;;) {}
for (async.a of b) {}
for (a, b of c) {}
for (let i = 0\ni < 1; i++) {}
for (this of a) {}
for (a of b, c) {}
for ((a) of b) {}
for (([a]) of b) {}
for await (a of b) {}
async function f() { for await (async of a) {} }
async function f() { for await (a in b) {} }
async function f() { for await (;;) {} }
using a = b
using a
using [a] = b
using\na
if (1) using a = b
switch (1) { case 1: using a = b; }
for (using a of b) {}
for (using a in b) {}
for (using of of a) {}
for (using of a) {}
for (using a = b;;) {}
using in a
async function f() { await using a = b; for (await using c of d) {} }
await using a = b
using let = 1
\\u0061sync; var \\u0062 = 1; a.\\u0069f; ({ \\u0069f: 1 })
\\u0069f (1) {}
var \\u0069f
\\u0061sync function f() {}
var a\\u{0}
var \\u{1d49c} = 1, 𝒜2 = 2, \\u{2f800} = 3
var ⅣⅡ, ℘, a·, 𫠝
class A { #\\u0061; m() { this.#a } }
a\n++b
a => {} || 1
a => {}\n[1]
() => {} ()
(a,) => 1
(a,)
(,) => 1
()
() + 1
(a, ...b)
(...a) => 1
a ?? b || c
a ?? (b || c)
a && b ?? c
do; while (0) a
if (a) else b
let let = 1
var let = 1
const { let } = 1
let a; let a
let a; var a
var a; let a
let a; { var a }
function f(a) { let a }
function f() { let a; var a }
switch (1) { case 1: let a; case 2: let a }
for (let a of b) { var a }
class A {} class A {}
#!/usr/bin/env node
3in []
3.in []
1_000; 0x1_0
1__0
0_1
08.5
010n
1n.a
a = b / c / d; a = b /c/ d
a = /[/]/ / 2
enum
export default 1
import a from 'b'
""".strip().splitlines()  # fmt: skip
TEXTS = [line.replace("\\n", "\n").replace("\\\\", "\\") for line in LINES]


def differences(texts: list[str], answers: list[str], *, as_script: bool = False) -> list[tuple[str, str, list[str]]]:
    """The texts of which we and V8 think differently, with what V8 and we say of them."""
    found = []
    for text, answer in zip(texts, answers, strict=True):
        ours = found_wrong(text, as_script=as_script)
        if bool(ours) != bool(answer) and not (only_fails_when_reached(ours) and not answer):
            found.append((text, answer, ours))
    return found


def test_on_what_is_rare() -> None:
    assert differences(TEXTS, v8.compiled(TEXTS)) == []


def test_on_scripts_that_are_loaded_as_they_stand() -> None:
    texts = [
        *TEXTS,
        "return 1",
        "if (a) { return 1 }",
        "{ for (;;) try { return } catch { } }",
        "() => { return 1 }; class A { m() { return } }",
        "new.target",
        "() => new.target",
        "let undefined",
        "const [NaN] = 1",
        "var undefined; { let NaN }",
        "class Infinity {}",
    ]
    assert differences(texts, v8.compiled(texts, as_script=True), as_script=True) == []


def test_the_scripts_that_are_changed_are_sound() -> None:
    texts = corpus()
    assert [text for text in texts if found_wrong(text)] == []
    assert set(v8.compiled(texts)) == {""}


@pytest.mark.parametrize("part", range(-(-COUNT // PART)))
def test_on_mutants(part: int) -> None:
    texts = mutants(part, min(PART, COUNT))
    answers = v8.compiled(texts)
    assert 0.3 < sum(map(bool, answers)) / len(texts) < 0.95
    assert differences(texts, answers) == []
